package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// NiagaraFox is the protocol of Tridium's building controllers: lines of text
// that start with the word fox, the kind of message, and numbers.
var NiagaraFox = dpi.Protocol{
	ID:          id.NiagaraFox,
	Name:        "niagara_fox",
	Classifiers: over(100, isNiagaraFox, []uint16{1911, 3011}, false, id.Tcp),
}

// isNiagaraFox asks for "fox ", a letter, a space, and a number.
func isNiagaraFox(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 10 {
		return short(p)
	}
	if string(d[:4]) != "fox " || d[4] < 'a' || d[4] > 'z' || d[5] != ' ' {
		return dpi.No
	}
	return yesIf(d[6] == '-' || d[6] >= '0' && d[6] <= '9')
}
