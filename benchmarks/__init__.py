"""What `make bench` runs: each module is one measurement, started with `python -m benchmarks NAME`."""
