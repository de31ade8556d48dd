package hosts

import (
	"strings"
	"testing"
)

// lookupSlowly does what Lookup does, from the words of applications.tsv, by
// trying every pattern.
func lookupSlowly(patterns map[string]owner, host string) uint32 {
	if colon := strings.LastIndexByte(host, ':'); colon >= 0 && strings.Trim(host[colon+1:], "0123456789") == "" {
		host = host[:colon]
	}
	host = toLower(strings.TrimSuffix(host, "."))
	if len(host) > 255 {
		return 0
	}
	best, start := longestSlowly(patterns, host)
	if best.alias && start > 1 {
		if inner, _ := longestSlowly(patterns, host[:start-1]); inner.app != 0 {
			return inner.app
		}
	}
	if best.app == 0 && strings.Count(host, ".") >= 2 {
		best = bestGlob(patterns, "", false, host)
	}
	return best.app
}

// longestSlowly returns the owner of the longest pattern with a suffix, and
// where in host the suffix starts.
func longestSlowly(patterns map[string]owner, host string) (owner, int) {
	for start := 0; start < len(host); start++ {
		if start > 0 && host[start-1] != '.' || host[start] == '.' {
			continue
		}
		rest := host[start:]
		ending := withoutEnding(rest)
		if start > 0 {
			if o := bestGlob(patterns, rest, false, host); o.app != 0 {
				return o, start
			}
		}
		if o := patterns[rest]; o.app != 0 {
			return o, start
		}
		if ending == "" {
			continue
		}
		if start > 0 {
			if o := bestGlob(patterns, ending, true, host); o.app != 0 {
				return o, start
			}
		}
		if o := patterns[ending+".*"]; o.app != 0 {
			return o, start
		}
	}
	return owner{}, 0
}

// bestGlob returns the owner of the longest first-label pattern under a suffix
// that host matches.
func bestGlob(patterns map[string]owner, suffix string, ending bool, host string) owner {
	label, _, _ := strings.Cut(host, ".")
	var best owner
	longest := ""
	try := func(glob string) {
		text := glob + "." + suffix
		if ending {
			text += ".*"
		}
		if o, ok := patterns[text]; ok && (len(glob) > len(longest) || len(glob) == len(longest) && glob < longest) {
			best, longest = o, glob
		}
	}
	for i := range len(label) + 1 {
		for j := i; j <= len(label); j++ {
			try(label[:i] + "*" + label[j:])
		}
	}
	if suffix == "" {
		try(label)
	}
	return best
}

// withoutEnding removes the public ending of a name; "" if nothing is left.
func withoutEnding(name string) string {
	labels := strings.Split(name, ".")
	n := len(labels) - 1
	if n > 1 && len(labels[n]) == 2 {
		switch labels[n-1] {
		case "co", "com", "net", "or", "org", "ne":
			n--
		}
	}
	return strings.Join(labels[:n], ".")
}

// toLower changes the case of ASCII letters only.
func toLower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}

func FuzzLookup(f *testing.F) {
	for _, host := range []string{
		"www.google.com", "WWW.AMAZON.CO.UK:443", "igcdn-photos-a-a.akamaihd.net", "www.apple.com.edgekey.net.",
		"contoso-my.sharepoint.com", "doh.nobody.example", "*.facebook.com", "", ".", "..", ":", ":0", "a:b:", ".com.",
		"google", "co.uk", "google.co.uk", "google.co.u", "\x00.google.com", "[2001:db8::1]:443", "192.0.2.1",
		"a.edgekey.net", ".edgekey.net", "edgekey.net.edgekey.net", "mail.yandex.com.tr", "ocsp1.a.b", "x..google.com",
		strings.Repeat("a", 300), strings.Repeat("a.", 130) + "google.com", "p1-buy.itunes.apple.com",
	} {
		f.Add([]byte(host))
	}
	b := builtinBuilder(f)
	table, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, host []byte) {
		before := string(host)
		got, ok := table.Lookup(host)
		if ok != (got != 0) {
			t.Fatalf("%q: id %d, %v", host, got, ok)
		}
		if want := lookupSlowly(b.patterns, before); got != want {
			t.Errorf("%q belongs to %d, tried one by one to %d", host, got, want)
		}
		if string(host) != before {
			t.Errorf("Lookup changed %q to %q", before, host)
		}
	})
}

func FuzzLoadWith(f *testing.F) {
	for _, text := range []string{
		"4000\tx\tweb\tx.test", "4000\tx\tweb\ta*b.x.test,x.*,~y.test,a*.,a.,-", "4000\tx\tweb\t10.0.0.0/8,2001:db8::/32",
		"134\tgoogle\tweb\t-\n4001\ty\tmail\tgoogle.com\n", "#\n\n\t\t\t", "4000\tx\tweb\t0.0.0.0/0,::/0,255.255.255.255/32",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		table, err := LoadWith(strings.NewReader(text))
		if err != nil {
			return
		}
		table.Lookup([]byte(text))
		table.LookupAddr([16]byte{0xff})
		table.LookupAddr([16]byte{10: 0xff, 11: 0xff, 12: 10})
	})
}
