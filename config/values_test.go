package config

import (
	"reflect"
	"strings"
	"testing"
)

func TestBadRules(t *testing.T) {
	for text, want := range map[string]string{
		"x":            `"x" is not a rule or a range`,
		"0":            `"0" is not a rule`,
		"1,":           `"" is not a rule`,
		"1-":           `"1-" is not a rule`,
		"5-3":          `"5-3" runs backwards (write "3-5")`,
		"1-2-3":        `"1-2-3" is not a rule`,
		"(1":           `"(1" is not a rule`,
		"-1":           `"-1" is not a rule`,
		"99999999999":  `"99999999999" is not a rule`,
		"1;2":          `"1;2" is not a rule`,
		"(1)(2)":       `"1)(2" is not a rule`,
		"1, 2, three ": `"three" is not a rule`,
	} {
		_, err := ParseRuleSet(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
	if set, err := ParseRuleSet(" ( 1 , 3 - 5 ) "); err != nil || set.String() != "1,3-5" {
		t.Errorf("blanks: %v, %v", set, err)
	}
}

func TestBadMasks(t *testing.T) {
	for text, want := range map[string]string{
		"1:1":        `"1:1" is not a rules mask`,
		"(1:1":       `"(1:1" is not a rules mask`,
		"(1:1)x":     `"(1:1)x" is not a rules mask`,
		"(1)":        `"1" is not thread:rules`,
		"(0:1)":      `"0:1" is not thread:rules`,
		"(x:1)":      `"x:1" is not thread:rules`,
		"(2000:1)":   `"2000:1" is not thread:rules`,
		"(1:)":       `thread 1 has no rules`,
		"(1:x)":      `"x" is not a rule`,
		"(1:1)(1:2)": `thread 1 stands twice`,
		")":          `")" is not a rules mask`,
		"(":          `"(" is not a rules mask`,
	} {
		_, err := ParseRulesMask(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

func TestAttributes(t *testing.T) {
	for text, want := range map[string]Attribute{
		"ip.src":               {"ip", 0, "src"},
		"ip.2.src":             {"ip", 2, "src"},
		"8021q.vid":            {"8021q", 0, "vid"},
		"cicflow_data.Flow_ID": {"cicflow_data", 0, "Flow_ID"},
		" meta.utime ":         {"meta", 0, "utime"},
	} {
		got, err := ParseAttribute(text)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		if got.String() != strings.TrimSpace(text) {
			t.Errorf("%q writes as %q", text, got)
		}
	}
	for _, text := range []string{"", "ip", ".", "ip.", ".src", "ip.2", "ip.0.src", "ip.256.src", "ip.x.src", "ip.1.2.src", "ip.s c", "ip.src)", "ip..src"} {
		if got, err := ParseAttribute(text); err == nil {
			t.Errorf("%q: taken as %v", text, got)
		}
	}
}

func TestSelects(t *testing.T) {
	utime := Attribute{"meta", 0, "utime"}
	for text, want := range map[string]Select{
		"meta.utime":                 {nil, utime},
		"avg(diff(meta.utime))":      {[]Operator{OpAvg, OpDiff}, utime},
		" VAR ( diff(meta.utime )) ": {[]Operator{OpVar, OpDiff}, utime},
		"count(meta.utime)":          {[]Operator{OpCount}, utime},
	} {
		got, err := ParseSelect(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"avg(diff(meta.utime)": `has parentheses that do not match`,
		"avg(meta.utime))":     `"meta.utime)" is not an attribute`,
		"(meta.utime)":         `an operator is missing before "("`,
		"median(meta.utime)":   `"median" is not an operator (sum, count, avg, var, diff, last or first)`,
		"avg()":                `"" is not an attribute`,
		"avg(utime)":           `"utime" is not an attribute`,
		"avg(meta.utime) + 1":  `has parentheses that do not match`,
		"avg(ip.src,ip.dst)":   `"ip.src,ip.dst" is not an attribute`,
		strings.Repeat("sum(", 9) + "a.b" + strings.Repeat(")", 9): `more than 8 operators`,
	} {
		_, err := ParseSelect(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
	if got := (Select{[]Operator{OpAvg, OpDiff}, utime}).String(); got != "avg(diff(meta.utime))" {
		t.Errorf("writes as %q", got)
	}
}

func TestMQTTAddress(t *testing.T) {
	for _, text := range []string{"tcp://localhost:1883", "mqtt://h", "ssl://h:1", "mqtts://[::1]:8883", "ws://h:80/path", "wss://h"} {
		if _, err := parseMQTTAddress(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"http://h:1":          `has the scheme "http", which is not tcp, mqtt, ssl, mqtts, ws or wss`,
		"localhost:1883":      `is not an address`,
		"":                    `is not an address`,
		"tcp://":              `is not an address`,
		"tcp://:1883":         `is not an address`,
		"tcp://h:x":           `is not an address`,
		"tcp://h:0":           `has the port "0"`,
		"tcp://u:secret@h:1":  `the address names a user: that goes to username and password (tcp://h:1)`,
		"tcp://h:99999":       `has the port "99999"`,
		"tcp://h:1\x00":       `is not an address`,
		"192.168.0.1":         `is not an address`,
		"tcp:/localhost:1883": `is not an address`,
	} {
		_, err := parseMQTTAddress(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

func TestIPIndex(t *testing.T) {
	for text, want := range map[string]IPIndex{"FIRST": IPFirst, "1": IPFirst, "last": IPLast, "2": 2, "255": 255} {
		if got, err := parseIPIndex(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if got := IPIndex(2).String() + IPFirst.String() + IPLast.String(); got != "2FIRSTLAST" {
		t.Errorf("writes as %q", got)
	}
}

func TestListenAddress(t *testing.T) {
	for _, text := range []string{"127.0.0.1:9465", ":9465", "[::1]:1", "localhost:0", "[::]:65535"} {
		if _, err := parseListen(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"":                 `is not host:port`,
		"9465":             `is not host:port`,
		"127.0.0.1":        `is not host:port`,
		"::1:9465":         `is not host:port`,
		"http://h:9465":    `is not host:port`,
		"127.0.0.1:":       `has the port ""`,
		"127.0.0.1:http":   `has the port "http"`,
		"127.0.0.1:65536":  `has the port "65536"`,
		"127.0.0.1:-1":     `has the port "-1"`,
		"127.0.0.1:9465/m": `has the port "9465/m"`,
	} {
		_, err := parseListen(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}
