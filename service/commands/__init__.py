"""What the command line does. Part of the composition: these modules may import every room."""
