"""What an image is: as a registry describes it, as an engine has it, as its programs say."""
