package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Wire types of protocol buffers.
const (
	varint          = 0
	fixed64         = 1
	lengthDelimited = 2
	fixed32         = 5
)

var errTruncated = errors.New("the message ends inside a field")

// countSpans returns the number of spans in an ExportTraceServiceRequest (opentelemetry-proto, trace/v1), by the numbers of the
// fields that nest: resource_spans, scope_spans and spans. It skips everything else.
func countSpans(message []byte) (int, error) {
	return countAt(message, 1, 2, 2)
}

func countAt(bytes []byte, wanted uint64, deeper ...uint64) (int, error) {
	count := 0
	for len(bytes) > 0 {
		tag, length, err := header(&bytes)
		if err != nil {
			return 0, err
		}
		if tag == wanted<<3|lengthDelimited {
			inner := 1
			if len(deeper) > 0 {
				if inner, err = countAt(bytes[:length], deeper[0], deeper[1:]...); err != nil {
					return 0, err
				}
			}
			count += inner
		}
		bytes = bytes[length:]
	}
	return count, nil
}

// header removes the tag of a field, and its length if it has one. It returns the tag and how many bytes follow.
func header(bytes *[]byte) (tag, length uint64, err error) {
	tag, read := binary.Uvarint(*bytes)
	if read <= 0 {
		return 0, 0, errTruncated
	}
	*bytes = (*bytes)[read:]
	switch tag & 7 {
	case varint:
		_, read = binary.Uvarint(*bytes)
		length = uint64(max(read, 0))
	case fixed64:
		length = 8
	case lengthDelimited:
		length, read = binary.Uvarint(*bytes)
		*bytes = (*bytes)[max(read, 0):]
	case fixed32:
		length = 4
	default:
		return 0, 0, fmt.Errorf("unknown wire type %d", tag&7)
	}
	if read <= 0 || length > uint64(len(*bytes)) {
		return 0, 0, errTruncated
	}
	return tag, length, nil
}
