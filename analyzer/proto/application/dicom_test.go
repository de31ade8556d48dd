package application

import (
	"encoding/binary"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// dicomPDU makes a unit.
func dicomPDU(kind int, parts ...any) []byte {
	b := prototest.Bytes(parts...)
	return prototest.Bytes(kind, 0, uint32(len(b)), b)
}

// dicomOpening makes the unit that opens an association.
func dicomOpening() []byte {
	title := func(s string) string { return s + strings.Repeat(" ", 16-len(s)) }
	return dicomPDU(dicomRequest, uint16(1), uint16(0), title("ARCHIVE"), title("SCANNER"), make([]byte, 32), 0x10, 0, behind("1.2.840.10008.3.1.1.1"))
}

// dicomEcho makes a data unit with the request C-ECHO.
func dicomEcho(message uint16) []byte {
	var command []byte
	for element, value := range map[uint16]uint16{dicomCommandField: 0x0030, dicomMessageID: message, dicomDataSetType: 0x0101} {
		command = binary.LittleEndian.AppendUint16(append(command, 0, 0), element)
		command = binary.LittleEndian.AppendUint16(append(command, 2, 0, 0, 0), value)
	}
	return dicomPDU(dicomData, uint32(2+len(command)), 5, 3, command)
}

func TestDICOMRecognition(t *testing.T) {
	recognise(t, []dpi.Protocol{DICOM}, []conversation{
		{name: "association", port: 104, say: []string{clientSays(dicomOpening())}, want: "dicom"},
		{name: "another port", port: 4242, say: []string{clientSays(dicomOpening()), clientSays(dicomEcho(1))}, want: "dicom"},
		{name: "titles that are not text", port: 104, say: []string{clientSays(dicomPDU(dicomRequest, uint16(1), uint16(0), make([]byte, 64), 0x10))}, want: "unknown"},
		{name: "other unit first", port: 104, say: []string{clientSays(dicomEcho(1))}, want: "unknown"},
	})
}

func TestDICOMAttributes(t *testing.T) {
	n := prototest.New(t, DICOM)
	names := []string{"pdu_type", "pdu_len", "called_ae_title", "calling_ae_title", "pdv_length", "pdv_context", "pdv_flags", "command_field", "message_id", "data_set_type", "status"}
	for _, name := range names {
		n.Register("dicom." + name)
	}
	check := func(step string, want ...string) {
		t.Helper()
		for i, name := range names {
			if got := n.Value("dicom." + name); got != want[i] {
				t.Errorf("%s: %s = %q, want %q", step, name, got, want[i])
			}
		}
	}
	nothing := make([]string, len(names))
	opening, echo := dicomOpening(), dicomEcho(7)
	f := n.TCP(40000, 104).Up(opening)
	check("opening", "1", "93", "ARCHIVE", "SCANNER", "", "", "", "", "", "", "")
	f.Up(echo)
	check("echo", "4", "36", "", "", "32", "5", "3", "48", "7", "257", "")
	image := dicomPDU(dicomData, uint32(3000), 5, 2, make([]byte, 2998))
	f.Up(image[:1000])
	check("image", "4", "3004", "", "", "3000", "5", "2", "", "", "", "")
	f.Up(image[1000:2000])
	check("within the image", nothing...)
	f.Up(append(image[2000:len(image):len(image)], dicomPDU(9, "x")...))
	check("unit behind the image", "9", "1", "", "", "", "", "", "", "", "", "")
	f.Lose(dpi.Up, 100).Up(make([]byte, 50))
	check("after a loss", nothing...)
	f.Up(dicomPDU(5, uint32(0)))
	check("release", "5", "4", "", "", "", "", "", "", "", "", "")
	prototest.Prefixes(echo, func(prefix []byte) { n.TCP(40000, 104).Up(opening).Up(prefix) })
}
