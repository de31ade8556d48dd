package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// verdictOf makes a verdict of a rule in which event 1 carries all its needs.
func verdictOf(r *rule.Rule) *rule.Verdict {
	var address dpi.Value
	address.SetIP4([]byte{10, 0, 0, 1})
	v := &rule.Verdict{Rule: r, Outcome: rule.Detected, Time: 1_500_000_000_123_456_000, Counter: 1 << 40}
	o := rule.Occurrence{Event: 1, Time: v.Time - 1000, Counter: v.Counter - 1}
	for _, n := range r.Events[0].Needs {
		switch a := &r.Attributes[n]; {
		case a.Type.IsNumber():
			o.Values = append(o.Values, dpi.Value{Type: a.Type, N: 8080})
		case a.Type == dpi.IP4Addr:
			o.Values = append(o.Values, address)
		default:
			o.Values = append(o.Values, dpi.Value{Type: a.Type, B: []byte("GET \"x\"")})
		}
	}
	v.History = []rule.Occurrence{o}
	return v
}

// TestManualReaction is the reactive function of manual section 4.2 on rule 10,
// whose output goes to a file.
func TestManualReaction(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out")
	l := load1(t, fmt.Sprintf(`
static FILE *out;
void on_load() { out = fopen("%s", "w"); }
void on_unload() { fclose(out); }
#define printf(...) fprintf(out, __VA_ARGS__)
static void em_print_out(
      const rule_info_t *rule, int verdict, uint64_t timestamp,
      uint64_t counter, const mmt_array_t * const trace ){
   const char* trace_str = mmt_convert_execution_trace_to_json_string( trace, rule );
   printf( "detect rule %%d\n%%s\n", rule->id, trace_str );
   printf( "%%d %%"PRIu64" %%"PRIu64"\n", verdict == VERDICT_DETECTED, timestamp, counter );
   printf( "%%s %%d %%s %%s %%s %%u %%s\n", rule->type_string, rule->type_id == RULE_TYPE_ATTACK, rule->description, rule->if_satisfied,
      rule->if_not_satisfied == NULL ? "(null)" : "?", rule->events_count, rule->events[1].description );
   const message_t *m = trace->data[0];
   printf( "%%zu %%d %%"PRIu64" %%"PRIu64"\n", trace->elements_count, trace->data[1] == NULL, m->timestamp, m->counter );
   for( size_t i = 0; i < m->elements_count; i++ ){
      const message_element_t *e = &m->elements[i];
      if( e->data_type == MMT_SEC_MSG_DATA_TYPE_NUMERIC )
         printf( "%%u.%%u %%g\n", e->proto_id, e->att_id, *(double *) e->data );
      else if( e->data_type == MMT_SEC_MSG_DATA_TYPE_STRING )
         printf( "%%u.%%u %%s\n", e->proto_id, e->att_id, (char *) e->data );
      else
         printf( "%%u.%%u %%d\n", e->proto_id, e->att_id, ((uint8_t *) e->data)[3] );
   }
   fflush( out );
}
`, file), property(10, `if_satisfied="em_print_out"`,
		"((http.method != '') && ((tcp.dest_port != 80) && ((tcp.dest_port != 8080) && (ip.src != ip.dst))))", "(ip.src != ip.dst)"))
	r := l.Rules[0]
	v := verdictOf(r)
	r.Reaction.Run(v)
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("detect rule 10\n%s\n1 1500000000123456 1099511627776\nattack 1 test em_print_out (null) 2 event 2\n2 1 1500000000123455 1099511627775\n", v.AppendHistory(nil))
	for i, value := range []string{"GET \"x\"", "1", "1", "8080"} {
		want += fmt.Sprintf("%d.%d %s\n", r.Attributes[i].Protocol, r.Attributes[i].ID, value)
	}
	if string(got) != want {
		t.Errorf("written:\n%s\nwant:\n%s", got, want)
	}
	if l.log.Len() > 0 {
		t.Errorf("logged: %s", &l.log)
	}
}

// TestPrinted checks that what embedded C prints comes out, though nothing ends
// the program through exit of C.
func TestPrinted(t *testing.T) {
	needCC(t)
	if os.Getenv("MMT_TEST_PRINT") == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestPrinted$")
		child.Env = append(os.Environ(), "MMT_TEST_PRINT=1")
		out, err := child.Output()
		if err != nil || !strings.HasPrefix(string(out), "rule 10\nbetween\nlast\n") {
			t.Errorf("%v, printed:\n%s", err, out)
		}
		return
	}
	source := parse(t, `
static void em_react(const rule_info_t *rule, int verdict, uint64_t timestamp, uint64_t counter, const mmt_array_t * const trace) { printf("rule %d\n", rule->id); }
void on_unload() { printf("last\n"); }
`, property(10, `if_satisfied="em_react"`, "(http.method != '')", "(ip.src != ip.dst)"))
	m, err := (&Compiler{}).Load(source, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.Rules[0].Reaction.Run(verdictOf(m.Rules[0]))
	fmt.Println("between")
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// TestReactionCrashes checks that a reactive function that crashes is called no
// more.
func TestReactionCrashes(t *testing.T) {
	l := load1(t, `
static int calls = 0;
static void em_react(const rule_info_t *rule, int verdict, uint64_t timestamp, uint64_t counter, const mmt_array_t * const trace) { calls++; exit(1); }
static int em_calls() { return calls; }
`, property(10, `if_satisfied="em_react"`, "(#em_calls() == 1)", "(ip.src != ip.dst)"))
	for range 3 {
		l.Rules[0].Reaction.Run(verdictOf(l.Rules[0]))
	}
	if got := l.call(t, "em_calls"); got.Num != 1 {
		t.Errorf("called %v times", got.Num)
	}
	if log := l.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "em_react") || !strings.Contains(log, "rules=[10]") {
		t.Errorf("log: %s", log)
	}
}

// TestLongTrace reacts to a verdict whose values take more room than there is.
func TestLongTrace(t *testing.T) {
	l := load1(t, `
static size_t length = 0;
static void em_react(const rule_info_t *rule, int verdict, uint64_t timestamp, uint64_t counter, const mmt_array_t * const trace) {
	length = strlen(mmt_convert_execution_trace_to_json_string(trace, rule));
}
static double em_length() { return length; }
`, property(10, `if_satisfied="em_react"`, "((#em_length() == 1) && (http.method != ''))", "(ip.src != ip.dst)"))
	v := verdictOf(l.Rules[0])
	v.History[0].Values[0].B = make([]byte, 8<<20)
	l.Rules[0].Reaction.Run(v)
	if got, want := l.call(t, "em_length"), len(v.AppendHistory(nil)); got.Num != float64(want) {
		t.Errorf("the text has %v bytes, want %d", got.Num, want)
	}
}
