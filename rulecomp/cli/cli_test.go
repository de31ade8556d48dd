package cli

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain keeps compiled files of the tests out of the user's cache.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mmt-cli-")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_CACHE_HOME", dir)
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

const arp = `<beginning>
<property value="THEN" delay_units="s" delay_min="0+" delay_max="4" property_id="4" type_property="ATTACK" description="IPv4 address conflict">
  <event value="COMPUTE" event_id="1" description="request" boolean_expression="((arp.ar_op == 1) &amp;&amp; (ethernet.src != ethernet.dst))"/>
  <event value="COMPUTE" event_id="2" description="reply" boolean_expression="((arp.ar_op == 2) &amp;&amp; (#strstr(arp.ar_sha, 'a') != 0))"/>
</property>
</beginning>
`

const withC = `<beginning>
<embedded_functions><![CDATA[
static int em_port(int port) { return port == PORT; }
static void em_react(const rule_info_t *rule, int verdict, uint64_t timestamp, uint64_t counter, const mmt_array_t * const trace) { }
]]></embedded_functions>
<property value="THEN" delay_min="0" delay_max="0" property_id="10" type_property="EVASION" description="a port" if_satisfied="em_react">
  <event value="COMPUTE" event_id="1" description="port" boolean_expression="(#em_port(tcp.dest_port) == 1)"/>
  <event value="COMPUTE" event_id="2" description="ip" boolean_expression="(ip.src != ip.dst)"/>
</property>
</beginning>
`

func needCC(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no C compiler (install gcc and libc6-dev)")
		}
		t.Skip("no C compiler (install gcc and libc6-dev)")
	}
}

// run runs a command in a folder of its own, with the files in it.
func run(t *testing.T, command func([]string, *bytes.Buffer, *bytes.Buffer) int, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := command(args, &out, &errs); got != want {
		t.Errorf("%v: exit code %d, want %d: %s", args, got, want, &errs)
	}
	return out.String(), errs.String()
}

func compileRule(args []string, out, errs *bytes.Buffer) int { return Compile(args, out, errs) }
func ruleInfo(args []string, out, errs *bytes.Buffer) int    { return Info(args, out, errs) }

func files(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"arp.xml": arp, "port.xml": withC} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCompileAndInfo compiles a file without embedded C and shows it.
func TestCompileAndInfo(t *testing.T) {
	files(t)
	t.Setenv("CC", "/no/such/compiler")
	if out, errs := run(t, compileRule, exitOK, "arp.so", "arp.xml"); out+errs != "" {
		t.Errorf("said %q %q", out, errs)
	}
	for _, name := range []string{"arp.so", "arp.xml"} {
		out, _ := run(t, ruleInfo, exitOK, name)
		for _, want := range []string{
			"Found 1 rule.\n1 - Rule id: 4\n  - type            : attack\n  - events_count    : 2\n  - variables_count : 4\n",
			"  - variables       : arp.ar_op (30.5), arp.ar_sha (30.6), ethernet.dst (99.2), ethernet.src (99.3)\n",
			"  - description     : IPv4 address conflict\n  - if_satisfied    : (null)\n  - if_not_satisfied: (null)\n",
			"  - functions       : strstr (built in)\n", "  - version         : ",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s shows\n%s\nwithout %q", name, out, want)
			}
		}
	}
}

// TestInfoOfFolders shows the default folder and others, and goes on after
// files that it cannot read.
func TestInfoOfFolders(t *testing.T) {
	files(t)
	if _, errs := run(t, ruleInfo, exitError); !strings.Contains(errs, "./rules") {
		t.Errorf("without a folder: %q", errs)
	}
	if err := os.Mkdir("rules", 0o700); err != nil {
		t.Fatal(err)
	}
	if out, _ := run(t, ruleInfo, exitOK); out != "Found 0 rules.\n" {
		t.Errorf("of an empty folder: %q", out)
	}
	for from, to := range map[string]string{"arp.xml": "rules/4.xml", "port.xml": "rules/10.xml"} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	out, _ := run(t, ruleInfo, exitOK)
	if !strings.HasPrefix(out, "Found 2 rules.\n1 - Rule id: 4\n") || !strings.Contains(out, "\n2 - Rule id: 10\n") ||
		!strings.Contains(out, "em_port (C)") || !strings.Contains(out, "if_satisfied    : em_react") {
		t.Errorf("of the default folder:\n%s", out)
	}
	if err := os.WriteFile("rules/1.so", []byte("no"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs := run(t, ruleInfo, exitError, "rules")
	if !strings.HasPrefix(out, "Found 2 rules.\n") || !strings.Contains(errs, "rules/1.so: no shared object") {
		t.Errorf("with a broken file: %q\n%s", errs, out)
	}
}

// TestSourceOnly writes the C source, changes it, and compiles it with the command
// that is printed.
func TestSourceOnly(t *testing.T) {
	needCC(t)
	files(t)
	for _, args := range [][]string{{"a.so", "port.xml", "-c", "-DPORT=80 -lm"}, {"a.c", "port.xml", "-DPORT=80"}} {
		out, _ := run(t, compileRule, exitOK, args...)
		said, command, ok := strings.Cut(out, "\n")
		if said != "a.c is written. To compile it:" || !ok {
			t.Fatalf("%v prints %q", args, out)
		}
		source, err := os.ReadFile("a.c")
		if err != nil {
			t.Fatal(err)
		}
		edited := bytes.Replace(source, []byte("a port"), []byte("an odd port"), 1)
		if err := os.WriteFile("a.c", edited, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		if out, _ := run(t, ruleInfo, exitOK, "a.so"); !strings.Contains(out, "description     : an odd port\n") {
			t.Errorf("after editing:\n%s", out)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	files(t)
	for _, test := range []struct {
		code int
		want string
		args []string
	}{
		{exitUsage, "--help", nil},
		{exitUsage, "--help", []string{"a.so"}},
		{exitUsage, "--help", []string{"-c", "a.so", "arp.xml"}},
		{exitUsage, ".so or .c", []string{"a.o", "arp.xml"}},
		{exitError, "missing.xml", []string{"a.so", "missing.xml"}},
		{exitError, "no/a.so cannot be written", []string{"no/a.so", "arp.xml"}},
	} {
		if _, errs := run(t, compileRule, test.code, test.args...); !strings.Contains(errs, test.want) {
			t.Errorf("%v says %q, want %q", test.args, errs, test.want)
		}
	}
	needCC(t)
	if _, errs := run(t, compileRule, exitError, "a.so", "port.xml"); !strings.Contains(errs, "port.xml:3:") || !strings.Contains(errs, "PORT") {
		t.Errorf("without -DPORT: %q", errs)
	}
	if _, errs := run(t, compileRule, exitOK, "a.so", "port.xml", "-DPORT=80", "-Wunused-function"); errs != "" {
		t.Errorf("remarks: %q", errs)
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, command := range []func([]string, *bytes.Buffer, *bytes.Buffer) int{compileRule, ruleInfo} {
		if out, _ := run(t, command, exitOK, "--help"); !strings.Contains(out, "Usage:") || !strings.Contains(out, "Exit code:") {
			t.Errorf("--help prints %q", out)
		}
		if out, _ := run(t, command, exitOK, "--version"); strings.Count(out, "\n") != 1 {
			t.Errorf("--version prints %q", out)
		}
	}
	run(t, ruleInfo, exitUsage, "--nothing")
}

func TestTakeApart(t *testing.T) {
	for arg, want := range map[string]string{
		"-I/home/tata/include -lmath": "-I/home/tata/include|-lmath",
		"-I/home/a folder":            "-I/home/a folder",
		"file - copy.o":               "file - copy.o",
	} {
		if got := strings.Join(takeApart(arg), "|"); got != want {
			t.Errorf("%q: %q, want %q", arg, got, want)
		}
	}
}
