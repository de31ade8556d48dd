package probe_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/testserver"
)

// manualARP is the property of manual section 4.3.1.
const manualARP = `<property value="THEN" delay_units="s" delay_min="0+" delay_max="4" property_id="4" type_property="ATTACK"
  description="IPv4 address conflict detection (RFC5227). Possible arp poisoning.">
<operator value="THEN" delay_units="s" delay_min="0+" delay_max="4">
 <event value="COMPUTE" event_id="1" description="An arp who was requested"
  boolean_expression="((arp.ar_op == 1) &amp;&amp; (ethernet.src != ethernet.dst))"/>
 <event value="COMPUTE" event_id="2" description="An arp reply with MAC address"
  boolean_expression="(((arp.ar_op == 2)&amp;&amp;(arp.ar_sip == arp.ar_tip.1)) &amp;&amp; (ethernet.packet_count > 1))"/>
</operator>
<event value="COMPUTE" event_id="3" description="An arp reply but with different MAC address"
 boolean_expression="((((arp.ar_op == 2)&amp;&amp;(arp.ar_sip == arp.ar_tip.1))&amp;&amp;(arp.ar_sha != arp.ar_sha.2)) &amp;&amp; (ethernet.packet_count != 0))"/>
</property>`

// TestManualARP detects spoofing, and nothing where every host answers for itself.
func TestManualARP(t *testing.T) {
	dir := secure(t, []string{"spoof"}, manualARP)
	lines := verdicts(t, dir)
	if len(lines) == 0 || !strings.Contains(lines[0], `,4,"detected","attack","IPv4 address conflict detection (RFC5227). Possible arp poisoning.",{"event_1":`) {
		t.Errorf("verdicts: %q", lines)
	}
	if lines = verdicts(t, secure(t, []string{"l2"}, manualARP)); len(lines) > 0 {
		t.Errorf("without spoofing: %q", lines)
	}
}

// upload is an HTTP request with a file, in one segment.
func upload(t *testing.T, at int64, name string) traffic.Packet {
	t.Helper()
	body := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" + name + "\"\r\n\r\nhello\r\n--b--\r\n"
	text := fmt.Sprintf("POST /upload HTTP/1.1\r\nHost: drive.example.com\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	frame := append(make([]byte, 12, 64), 8, 0)
	frame[5], frame[11] = 1, 2
	ip := binary.BigEndian.AppendUint16([]byte{0x45, 0}, uint16(40+len(text)))
	ip = append(ip, 0, 1, 0, 0, 64, 6, 0, 0, 10, 1, 2, 3, 198, 19, 0, 80)
	tcp := []byte{0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0x10, 0, 0, 0, 0, 0}
	return traffic.Packet{Time: at, Data: append(append(append(frame, ip...), tcp...), text...)}
}

// nfsTrace is a file read from a server, and then one uploaded.
func nfsTrace(t *testing.T, name string) []byte {
	packets := traffic.Generate(goldenSeed, []string{"nfs"}, 1)
	return pcap(t, append(packets, upload(t, packets[len(packets)-1].Time+1e9, name)))
}

// TestManualNFS is the property with strstr of manual section 4.3.2.
func TestManualNFS(t *testing.T) {
	dir := secure(t, scanned, onTwo(30, "ATTACK", "THEN", 20, "(nfs.file_name != '')", "((http.packet_count != 0)&&(#strstr(tcp.p_payload, nfs.file_name.1) != 0))"))
	write(t, dir, "trace.pcap", nfsTrace(t, "notes.txt"))
	if lines := verdicts(t, dir); len(lines) != 1 || !strings.Contains(lines[0], `["nfs.file_name","notes.txt"]`) {
		t.Errorf("verdicts: %q", lines)
	}
	write(t, dir, "trace.pcap", nfsTrace(t, "other.txt"))
	if lines := verdicts(t, dir); len(lines) != 0 {
		t.Errorf("another file was uploaded: %q", lines)
	}
}

// need skips a test where something is missing that make test-deps installs.
func need(t *testing.T, have bool, what string) {
	t.Helper()
	switch {
	case have:
	case os.Getenv("CI") == "true":
		t.Fatal("missing: ", what, " (make test-deps)")
	default:
		t.Skip("missing: ", what, " (make test-deps)")
	}
}

// needCC skips a test where no C can be compiled, and keeps what is compiled out of
// the user's cache.
func needCC(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("cc")
	need(t, err == nil, "a C compiler")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
}

// redisRule writes the property of manual section 4.3.2 that asks Redis.
func redisRule(t *testing.T, dir string, port int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "rulecomp", "embedded", "testdata", "nfs_redis.xml"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "port = 6379;", fmt.Sprintf("port = %d;", port), 1)
	if changed == string(text) {
		t.Fatal("the rule names no port")
	}
	write(t, dir, "32.xml", []byte(changed))
}

// TestManualNFSThroughRedis detects that a file is uploaded of which another probe
// has written to Redis.
func TestManualNFSThroughRedis(t *testing.T) {
	needCC(t)
	_, err := os.Stat("/usr/include/hiredis/hiredis.h")
	need(t, err == nil, "libhiredis-dev")
	redis := testserver.StartRedis(t)
	dir := secure(t, scanned, manualRules[0])
	redisRule(t, filepath.Join(dir, "rules"), redis.Port)
	write(t, dir, "trace.pcap", nfsTrace(t, "notes.txt"))
	for threads := range 2 {
		thread := fmt.Sprint("security.thread-nb=", threads)
		redis.Command("DEL multisession.report")
		redis.Command(fmt.Sprintf("RPUSH multisession.report 3,%d,budget.ods,10.0.0.1", time.Now().Unix()))
		if lines := verdicts(t, dir, thread); len(lines) != 0 {
			t.Errorf("not the file that was copied: %q", lines)
		}
		redis.Command(fmt.Sprintf("RPUSH multisession.report 3,%d,notes.txt,10.0.0.1", time.Now().Unix()))
		if lines := verdicts(t, dir, thread); len(lines) != 1 || !strings.Contains(lines[0], `,32,"detected","attack","Upload a file coming from NFS server`) {
			t.Errorf("verdicts: %q", lines)
		}
	}
	redisRule(t, filepath.Join(dir, "rules"), testserver.FreePort(t))
	code, out, stderr := run(t, dir, nil, append(secured, "--summary=true")...)
	if code != 0 || !strings.Contains(out, "#em_check_nfs_redis of rules/32.xml crashed and was called no more") || !strings.Contains(stderr, "called exit(0)") {
		t.Errorf("without a server: code %d\n%s%s", code, out, stderr)
	}
}

// reactive is a property with the embedded functions of manual section 4.2.
const reactive = `<embedded_functions><![CDATA[
static inline bool em_is_search_engine(const char *agent){
   if( strstr( agent, "google" ) != NULL )
       return true;
   if( strstr( agent, "bing" ) != NULL )
       return true;
   return false;
}
static void em_print_out(
      const rule_info_t *rule, int verdict, uint64_t timestamp,
      uint64_t counter, const mmt_array_t * const trace ){
   const char* trace_str = mmt_convert_execution_trace_to_json_string( trace, rule );
   printf( "detect rule %d\n%s\n", rule->id, trace_str );
}]]></embedded_functions>
<property value="THEN" delay_units="s" delay_max="0" property_id="10" type_property="EVASION" description="HTTP to a port of its own." if_satisfied="em_print_out">
<event value="COMPUTE" event_id="1" description="HTTP request" boolean_expression="((http.method != '')&amp;&amp;(tcp.dest_port != 8080))"/>
<event value="COMPUTE" event_id="2" description="HTTP packet" boolean_expression="((ip.src != ip.dst) &amp;&amp; (#em_is_search_engine( http.host ) == false))"/>
</property>`

// TestManualReaction holds that a reactive function gets the history that the
// report has.
func TestManualReaction(t *testing.T) {
	needCC(t)
	dir := secure(t, []string{"web"}, reactive)
	for threads := range 2 {
		lines := verdicts(t, dir, fmt.Sprint("security.thread-nb=", threads))
		histories := map[string]int{}
		told := 0
		for _, line := range lines {
			switch {
			case strings.HasPrefix(line, "10,"):
				_, history, _ := strings.Cut(line, `,{"event_1"`)
				histories[`{"event_1"`+history]++
				told++
			case strings.HasPrefix(line, "{"):
				histories[line]--
			case line != "detect rule 10\n":
				t.Errorf("unexpected %q", line)
			}
		}
		if told < 5 || len(lines) != 3*told {
			t.Errorf("%d verdicts in %d lines", told, len(lines))
		}
		for history, n := range histories {
			if n != 0 {
				t.Errorf("%d times more in reports than printed: %s", n, history)
			}
		}
	}
}
