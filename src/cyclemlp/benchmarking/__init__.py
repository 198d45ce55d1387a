"""Speed side by side: what is compared, how it is checked and timed, what comes out."""
