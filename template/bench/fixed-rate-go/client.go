package main

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

type client struct {
	fd       int
	request  []byte
	response []byte
	due      int64
}

// connect opens the connections and a poll of them, whose events carry the index of the client.
func connect(o options) ([]*client, int, error) {
	address, err := net.ResolveTCPAddr("tcp4", o.url.Host)
	if err != nil {
		return nil, 0, err
	}
	poll, err := syscall.EpollCreate1(0)
	if err != nil {
		return nil, 0, err
	}
	request := []byte("GET " + o.url.EscapedPath() + " HTTP/1.1\r\nHost: " + o.url.Host + "\r\n\r\n")
	peer := &syscall.SockaddrInet4{Port: address.Port, Addr: [4]byte(address.IP.To4())}
	clients := make([]*client, o.connections)
	for i := range clients {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err == nil {
			err = syscall.Connect(fd, peer)
		}
		if err == nil {
			err = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		}
		if err == nil {
			err = syscall.SetNonblock(fd, true)
		}
		if err == nil {
			event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(i)}
			err = syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, fd, &event)
		}
		if err != nil {
			return nil, 0, err
		}
		clients[i] = &client{fd: fd, request: request, response: make([]byte, 0, 64*1024)}
	}
	return clients, poll, nil
}

// wait returns the number of connections that have data, without waiting for one.
func wait(poll int, events []syscall.EpollEvent) (int, error) {
	ready, err := syscall.EpollWait(poll, events, 0)
	if err == syscall.EINTR {
		return 0, nil
	}
	return ready, err
}

func (c *client) send() error {
	n, err := syscall.Write(c.fd, c.request)
	if err == nil && n < len(c.request) {
		err = fmt.Errorf("fixed-rate: wrote %d of %d bytes", n, len(c.request))
	}
	return err
}

// receive reads what has arrived. Responses must have a Content-Length, as they have in every row.
func (c *client) receive() (ok, done bool, err error) {
	n, err := syscall.Read(c.fd, c.response[len(c.response):cap(c.response)])
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return false, false, nil
	}
	if err != nil || n == 0 {
		return false, false, fmt.Errorf("fixed-rate: the server closed a connection: %v", err)
	}
	c.response = c.response[:len(c.response)+n]
	end := bytes.Index(c.response, []byte("\r\n\r\n"))
	if end < 0 {
		return false, false, nil
	}
	length, err := contentLength(c.response[:end])
	if err != nil || len(c.response) < end+4+length {
		return false, false, err
	}
	ok = bytes.HasPrefix(c.response, []byte("HTTP/1.1 200 "))
	c.response = c.response[:0]
	return ok, true, nil
}

func contentLength(head []byte) (int, error) {
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("content-length")) {
			return strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	}
	return 0, fmt.Errorf("fixed-rate: a response without Content-Length")
}
