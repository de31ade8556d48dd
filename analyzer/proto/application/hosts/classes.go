package hosts

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Class is the family of an application or protocol, the application family of
// a session report (field 40 of report 100). The numbers are those that the
// operator of the MMT suite shows by these names; it leaves out tunnelling,
// remote access and miscellaneous, whose numbers its older versions have.
type Class uint8

// The classes.
const (
	ClassUnknown         Class = 0
	ClassWeb             Class = 1
	ClassPeerToPeer      Class = 2
	ClassGaming          Class = 3
	ClassStreaming       Class = 4
	ClassConversational  Class = 5
	ClassMail            Class = 6
	ClassFileTransfer    Class = 7
	ClassCloudStorage    Class = 8
	ClassDirectDownload  Class = 9
	ClassNetwork         Class = 10
	ClassTunnelling      Class = 11
	ClassDatabase        Class = 12
	ClassRemoteAccess    Class = 13
	ClassMiscellaneous   Class = 14
	ClassContentDelivery Class = 15
	ClassSocialNetwork   Class = 16
)

var classNames = [...]string{
	"unknown", "web", "peer to peer", "gaming", "streaming", "conversational", "mail", "file transfer",
	"cloud storage", "direct download", "network", "tunnelling", "database", "remote access",
	"miscellaneous", "content delivery", "social network",
}

// String returns the name of the class, as the tables have it.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// parseClass is the inverse of String.
func parseClass(name string) (Class, error) {
	if i := slices.Index(classNames[:], name); i >= 0 {
		return Class(i), nil
	}
	return 0, fmt.Errorf("unknown class %q; the classes are %s", name, strings.Join(classNames[:], ", "))
}

// ClassOf returns the class of a protocol or application by its name, in lower
// case with underscores as reports have it; ClassUnknown if no table has it.
func ClassOf(name string) Class { return classes()[name] }

var classes = sync.OnceValue(func() map[string]Class {
	b, err := newBuilder()
	if err != nil {
		panic(err) // the tables are part of the program, and tested
	}
	byName := make(map[string]Class, len(b.apps)+len(b.protocols))
	for _, a := range b.protocols {
		byName[a.Name] = a.Class
	}
	for _, a := range b.apps {
		byName[a.Name] = a.Class
	}
	return byName
})
