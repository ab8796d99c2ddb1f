// Command fixed-rate sends HTTP requests at a fixed rate over one core, and prints the latencies as JSON.
//
// Each latency counts from when the request was due, not from when it was sent. A server that stalls also delays the
// requests that become due during the stall; a client that waits before it sends them would not measure that delay
// (coordinated omission).
//
// It polls instead of sleeping, because a timer is late by longer than most responses take, and it uses system calls
// directly: a request costs it a few microseconds, so it keeps up with every server that is measured.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sort"
	"syscall"
	"time"
)

// Its turns follow each other within microseconds. A longer gap is a stall: the operating system ran something else on
// its core.
const stallTime = 2 * time.Millisecond

// Requests that are due earlier are sent but not measured.
const warmUp = 250 * time.Millisecond

const patience = 10 * time.Second

type options struct {
	url         *url.URL
	rate        float64
	seconds     float64
	connections int
}

type result struct {
	Requests int `json:"requests"`
	// Responses per second. Lower than the rate if the server cannot keep up.
	RPS   float64 `json:"rps"`
	P50Ms float64 `json:"p50Ms"`
	P99Ms float64 `json:"p99Ms"`
	// The p99 of the latencies without the client's stalls within them: a lower bound of the server's.
	P99WithoutStallsMs float64 `json:"p99WithoutStallsMs"`
	Failures           int     `json:"failures"`
	// Share of the time (0 to 1) in which the client itself stalled, and its longest stall.
	StalledShare   float64 `json:"stalledShare"`
	LongestStallMs float64 `json:"longestStallMs"`
}

func main() {
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(1)
	runtime.LockOSThread()
	target := flag.String("url", "", "URL to request")
	rate := flag.Float64("rate", 0, "requests per second, evenly spaced")
	seconds := flag.Float64("seconds", 1, "how long to send")
	connections := flag.Int("connections", 50, "connections, each with at most one request")
	flag.Parse()
	parsed, err := url.Parse(*target)
	if err != nil || *rate <= 0 {
		fail(fmt.Errorf("fixed-rate: invalid URL or rate: %q, %v", *target, *rate))
	}
	outcome, err := run(options{parsed, *rate, *seconds, *connections})
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// interval is a stretch of time, in nanoseconds since the start.
type interval struct{ from, to int64 }

func (i interval) length() int64 { return i.to - i.from }

func run(o options) (result, error) {
	clients, poll, err := connect(o)
	if err != nil {
		return result{}, err
	}
	total := int(o.rate * o.seconds)
	spacing := 1e9 / o.rate
	waits := make([]interval, 0, total)
	stalls := make([]interval, 0, 1000)
	idle := slices.Clone(clients)
	events := make([]syscall.EpollEvent, o.connections)
	sent, received, failures := 0, 0, 0

	start := time.Now()
	last := int64(0)
	deadline := int64(o.seconds*1e9) + int64(patience)
	for now := int64(0); received < total && now < deadline; {
		now = int64(time.Since(start))
		if now-last > int64(stallTime) && last >= int64(warmUp) {
			stalls = append(stalls, interval{last, now})
		}
		last = now
		for sent < total && len(idle) > 0 && float64(sent)*spacing <= float64(now) {
			client := idle[0]
			idle = idle[1:]
			client.due = int64(float64(sent) * spacing)
			if err := client.send(); err != nil {
				return result{}, err
			}
			sent++
		}
		ready, err := wait(poll, events)
		if err != nil {
			return result{}, err
		}
		for _, event := range events[:ready] {
			client := clients[event.Fd]
			ok, done, err := client.receive()
			if err != nil {
				return result{}, err
			}
			if !done {
				continue
			}
			received++
			if !ok {
				failures++
			}
			if client.due >= int64(warmUp) {
				waits = append(waits, interval{client.due, int64(time.Since(start))})
			}
			idle = append(idle, client)
		}
	}
	elapsed := int64(time.Since(start))
	if len(waits) == 0 {
		return result{}, fmt.Errorf("fixed-rate: no response after the first %v", warmUp)
	}
	return summarize(waits, stalls, result{
		Requests: received,
		RPS:      float64(received) * 1e9 / float64(elapsed),
		Failures: failures + total - received,
	}, elapsed-int64(warmUp)), nil
}

func summarize(waits, stalls []interval, r result, measured int64) result {
	stalled := stalledTimes(stalls)
	all := make([]float64, len(waits))
	without := make([]float64, len(waits))
	for i, w := range waits {
		all[i] = float64(w.length()) / 1e6
		without[i] = float64(w.length()-(stalled(w.to)-stalled(w.from))) / 1e6
	}
	r.P50Ms, r.P99Ms, r.P99WithoutStallsMs = quantile(all, 0.5), quantile(all, 0.99), quantile(without, 0.99)
	for _, s := range stalls {
		r.StalledShare += float64(s.length()) / float64(measured)
		r.LongestStallMs = max(r.LongestStallMs, float64(s.length())/1e6)
	}
	return r
}

// stalledTimes returns a function that returns how long all stalls together have lasted at a time. The stalls are in the
// order of time, without overlaps.
func stalledTimes(stalls []interval) func(at int64) int64 {
	before := make([]int64, len(stalls)+1)
	for i, s := range stalls {
		before[i+1] = before[i] + s.length()
	}
	return func(at int64) int64 {
		begun := sort.Search(len(stalls), func(i int) bool { return stalls[i].from > at })
		if begun == 0 {
			return 0
		}
		s := stalls[begun-1]
		return before[begun-1] + min(at, s.to) - s.from
	}
}

// quantile interpolates linearly between neighbours.
func quantile(values []float64, share float64) float64 {
	slices.Sort(values)
	position := float64(len(values)-1) * share
	below := int(position)
	above := min(below+1, len(values)-1)
	return values[below] + (values[above]-values[below])*(position-float64(below))
}
