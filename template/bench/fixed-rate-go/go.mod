module skiff.example/bench/fixed-rate

go 1.26
