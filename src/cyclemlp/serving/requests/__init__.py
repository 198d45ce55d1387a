"""What a request holds: its body, its picture, its parameters."""
