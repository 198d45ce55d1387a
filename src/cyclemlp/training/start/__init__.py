"""What a run starts from: data, input sizes, network and first weights."""
