package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mmt/dataplane/pin"
)

// ipIndexKind says what an IPIndex may be.
const ipIndexKind = "FIRST, LAST or a number from 1 to 255"

func parseIPIndex(s string) (IPIndex, error) {
	switch strings.ToUpper(s) {
	case "FIRST":
		return IPFirst, nil
	case "LAST":
		return IPLast, nil
	}
	n, ok := parseInt(s, 1, maxLayer)
	if !ok {
		return 0, notA(s, ipIndexKind)
	}
	return IPIndex(n), nil
}

// listenKind says what an address to serve at may be.
const listenKind = `host:port, as in "127.0.0.1:9465" or ":9465" for all interfaces, port 0 for any that is free`

// parseListen checks the shape of an address to serve at.
func parseListen(s string) (string, error) {
	_, p, err := net.SplitHostPort(s)
	if err != nil {
		return "", notA(s, listenKind)
	}
	if _, ok := parseInt(p, 0, 65535); !ok {
		return "", fmt.Errorf("%q has the port %s, which is not from 0 to 65535", clip(s), strconv.Quote(clip(p)))
	}
	return s, nil
}

// parseListenOrNone is parseListen where there need be none.
func parseListenOrNone(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	return parseListen(s)
}

var mqttSchemes = []string{"tcp", "mqtt", "ssl", "mqtts", "ws", "wss"}

// parseMQTTAddress checks scheme, host and port of a broker's address.
func parseMQTTAddress(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return "", notA(s, "an address (scheme://host:port, as in tcp://localhost:1883)")
	}
	if !slices.Contains(mqttSchemes, u.Scheme) {
		return "", fmt.Errorf("%q has the scheme %q, which is not %s", clip(s), clip(u.Scheme), oneOf(mqttSchemes))
	}
	if u.User != nil { // which the log and the answers of commands would show
		return "", fmt.Errorf("the address names a user: that goes to username and password (%s)", u.Scheme+"://"+u.Host)
	}
	if p := u.Port(); p != "" {
		if _, ok := parseInt(p, 1, 65535); !ok {
			return "", fmt.Errorf("%q has the port %s, which is not from 1 to 65535", clip(s), strconv.Quote(clip(p)))
		}
	}
	return s, nil
}

// parseProtocol checks the shape of a protocol's name.
func parseProtocol(s string) (string, error) {
	if !isIdent(s) {
		return "", notA(s, "the name of a protocol")
	}
	return s, nil
}

// CoresNone is the value of thread-cores that binds no thread to a core.
const CoresNone = "none"

// parseCores checks a list of cores; which cores there are is not known here.
func parseCores(s string) (string, error) {
	if s == "" || s == CoresNone {
		return s, nil
	}
	_, err := pin.ParseCores(s)
	return s, err
}
