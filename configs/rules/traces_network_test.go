package rules

// networkGoldens are the tests of the rules from 1000 to 1099.
func networkGoldens() []golden {
	return []golden{
		{"1023.land", "same address and port", func(t *trace) {
			t.tcp(ip4{src: "192.0.2.7", dst: "192.0.2.7"}, segment{from: 139, to: 139, flags: syn})
		}, []string{"1023 detected 1@1 2@1"}},
		{"1023.land", "other port", func(t *trace) {
			t.tcp(ip4{src: "192.0.2.7", dst: "192.0.2.7"}, segment{from: 139, to: 140, flags: syn})
		}, nil},
	}
}
