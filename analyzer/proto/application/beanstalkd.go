package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Beanstalkd is the work queue of that name ("Beanstalk protocol").
var Beanstalkd = dpi.Protocol{
	ID:          id.Beanstalkd,
	Name:        "beanstalkd",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Ports: []uint16{11300}, Only: true, Classify: beanstalkTalk.classify}},
}

var beanstalkTalk = talk{proto: id.Beanstalkd, line: gradeBeanstalkd, port: 11300}

// gradeBeanstalkd grades a command or an answer.
func gradeBeanstalkd(line []byte) grade {
	word, rest := textWord(line)
	switch string(word) {
	case "put", "reserve-with-timeout", "release", "bury", "INSERTED", "RESERVED", "WATCHING", "USING", "OK":
		if isNumber(lastWord(rest)) || string(word) == "USING" {
			return sure
		}
	case "use", "watch", "ignore", "reserve", "peek-ready", "stats-tube", "list-tubes", "DELETED", "RELEASED", "BURIED", "DEADLINE_SOON":
		return great
	case "stats", "delete", "touch", "NOT_FOUND", "TIMED_OUT", "TOUCHED":
		return good
	}
	return never
}
