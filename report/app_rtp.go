package report

// RTP is application format 3, over the packets of the period.
type RTP struct {
	LossRate    float64 // share of packets lost, 0 to 1
	Burstiness  float64 // packets lost per burst of loss
	MaxJitter   uint64  // largest value of attribute rtp.jitter
	OrderErrors float64 // share of packets out of order, 0 to 1
}

func (*RTP) format() string { return ",3" }

func (r *RTP) appendFields(dst []byte, _ *Encoder) []byte {
	dst = appendRatioField(dst, r.LossRate)
	dst = appendRatioField(dst, r.Burstiness)
	dst = appendUintField(dst, r.MaxJitter)
	return appendRatioField(dst, r.OrderErrors)
}
