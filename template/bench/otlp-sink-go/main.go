// Command otlp-sink receives the exports of several processes over OTLP/HTTP, each on a port of its own, accepts and counts
// them. It reports to its parent over standard output; see ../otlp-sink.ts. It does not support gRPC, nor watch trace ids.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
)

type counts struct {
	Requests    int `json:"requests"`
	Bytes       int `json:"bytes"`
	Spans       int `json:"spans"`
	Undecodable int `json:"undecodable"`
}

type receiver struct {
	HTTP   int    `json:"http"`
	Counts counts `json:"counts"`
}

type report struct {
	Ports []*receiver `json:"ports"`
	Seen  []string    `json:"seen"`
}

// state is what all requests share. One at a time is enough: there is only one core for them.
type state struct {
	sync.Mutex
	report report
	// body is reused, because new memory costs more than all the rest.
	body bytes.Buffer
}

func main() {
	runtime.GOMAXPROCS(1)
	rows := flag.Int("rows", 1, "how many ports to open")
	flag.Parse()
	shared := &state{report: report{Seen: []string{}}}
	for range *rows {
		if err := shared.open(); err != nil {
			log.Fatal(err)
		}
	}
	shared.print()
	// The parent asks with a line, and closes the input when it is done.
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		shared.print()
	}
}

func (s *state) print() {
	s.Lock()
	defer s.Unlock()
	line, err := json.Marshal(s.report)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

// open starts a server on a free port.
func (s *state) open() error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	own := &receiver{HTTP: listener.Addr().(*net.TCPAddr).Port}
	s.report.Ports = append(s.report.Ports, own)
	go func() {
		log.Fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.receive(&own.Counts, w, r)
		})))
	}()
	return nil
}

func (s *state) receive(own *counts, w http.ResponseWriter, r *http.Request) {
	s.Lock()
	defer s.Unlock()
	s.body.Reset()
	if _, err := s.body.ReadFrom(r.Body); err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(http.StatusOK)
	spans, err := countSpans(s.body.Bytes())
	own.Requests++
	own.Bytes += s.body.Len()
	own.Spans += spans
	if err != nil {
		own.Undecodable++
	}
}
