package report

import (
	"math"
	"strconv"
)

// digits holds "00" to "99": two digits at a time halve the divisions.
const digits = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// appendUintField appends a comma and v. Most fields of most reports have one
// digit (0), hence the first case.
func appendUintField(dst []byte, v uint64) []byte {
	if v < 10 {
		return append(dst, ',', byte('0'+v))
	}
	return appendUint(append(dst, ','), v)
}

// appendUint appends v in decimal.
func appendUint(dst []byte, v uint64) []byte {
	switch {
	case v < 10:
		return append(dst, byte('0'+v))
	case v < 100:
		return append(dst, digits[2*v], digits[2*v+1])
	case v < 1000:
		lo := 2 * (v % 100)
		return append(dst, byte('0'+v/100), digits[lo], digits[lo+1])
	case v < 10000:
		hi, lo := 2*(v/100), 2*(v%100)
		return append(dst, digits[hi], digits[hi+1], digits[lo], digits[lo+1])
	}
	return appendLongUint(dst, v)
}

// appendLongUint appends v, which may have any number of digits.
func appendLongUint(dst []byte, v uint64) []byte {
	var buf [20]byte
	i := len(buf)
	for v >= 100 {
		lo := 2 * (v % 100)
		v /= 100
		i -= 2
		buf[i], buf[i+1] = digits[lo], digits[lo+1]
	}
	if v >= 10 {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	i--
	buf[i] = byte('0' + v)
	return append(dst, buf[i:]...)
}

// appendTimeField appends a comma and the time t as appendTime does.
func appendTimeField(dst []byte, t int64) []byte {
	return appendTime(append(dst, ','), t)
}

// appendTime appends t, nanoseconds since 1970, as seconds.micros with six
// decimals, cut (not rounded) to the microsecond.
func appendTime(dst []byte, t int64) []byte {
	ns := uint64(t)
	if t < 0 {
		dst = append(dst, '-')
		ns = -ns
	}
	us := ns / 1000
	dst = appendUint(dst, us/1e6)
	us %= 1e6
	a, b, c := 2*(us/1e4), 2*(us/100%100), 2*(us%100)
	return append(dst, '.', digits[a], digits[a+1], digits[b], digits[b+1], digits[c], digits[c+1])
}

// appendRatioField appends a comma and v with three decimals; a value that is
// no number (a division by zero upstream) is 0.000, as JSON has no other word.
func appendRatioField(dst []byte, v float64) []byte {
	return appendRatio(append(dst, ','), v)
}

func appendRatio(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	return strconv.AppendFloat(dst, v, 'f', 3, 64)
}

// appendListField appends a comma and the list [a,b,...].
func appendListField(dst []byte, list []uint32) []byte {
	dst = append(dst, ',', '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendUint(dst, uint64(v))
	}
	return append(dst, ']')
}

// appendPathField appends a comma and the protocol ids joined by dots, quoted.
func appendPathField(dst []byte, path []uint32) []byte {
	dst = append(dst, ',', '"')
	for i, id := range path {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = appendUint(dst, uint64(id))
	}
	return append(dst, '"')
}
