package security

// AdaptAfter makes shards look at their index after so many packets already,
// until the returned function is called.
func AdaptAfter(packets uint64) (restore func()) {
	before := firstPeriod
	firstPeriod = packets
	return func() { firstPeriod = before }
}
