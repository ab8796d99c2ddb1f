module skiff.example/bench/otlp-sink

go 1.26
