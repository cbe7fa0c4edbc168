"""The rules. Pure: frozen values, no input or output, no clock, no framework; time comes in as an argument."""
