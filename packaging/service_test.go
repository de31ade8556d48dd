package packaging

import (
	"bytes"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a service may take to come up.
const patience = 60 * time.Second

// output is what a service prints, while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// unit reads the lines of a unit that is installed: those of one name one after the
// other.
func (d *debian) unit(name string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(d.read("/usr/lib/systemd/system/" + name)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			all[key] = strings.TrimSpace(all[key] + "\n" + value)
		}
	}
	return all
}

// serve starts a service as its unit says: what goes before as root or as its user, then the
// program itself in its folder as its user, with no more than its capabilities. It
// is up when it has printed a text or told systemd what up looks for, and ends
// without error at SIGTERM.
func (d *debian) serve(name, printed string, up func(notified string) bool) {
	d.t.Helper()
	unit := d.unit(name)
	as := []string{"setpriv", "--reuid=" + unit["User"], "--regid=" + unit["Group"], "--init-groups"}
	for _, before := range strings.Split(unit["ExecStartPre"], "\n") {
		asRoot, root := strings.CutPrefix(before, "+")
		if root {
			d.run(strings.Fields(asRoot)...)
		} else {
			d.run(append(append([]string{"sh", "-c", `umask $0; exec "$@"`, unit["UMask"]}, as...), strings.Fields(before)...)...)
		}
	}
	caps := "-all"
	for c := range strings.FieldsSeq(unit["AmbientCapabilities"]) {
		caps += ",+" + strings.ToLower(strings.TrimPrefix(c, "CAP_"))
	}
	args := append([]string{"env", "-C", unit["WorkingDirectory"]}, as...)
	args = append(args, "--no-new-privs", "--inh-caps="+caps, "--ambient-caps="+caps, "--bounding-set="+caps)
	cmd := d.command(append(args, strings.Fields(unit["ExecStart"])...)...)
	var out output
	cmd.Stdout, cmd.Stderr = &out, &out
	socket := d.listen("/run/notify")
	defer os.Remove(d.dir + "/run/notify")
	defer socket.Close()
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET=/run/notify")
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	told := ""
	for deadline := time.Now().Add(patience); ; {
		told += receive(socket)
		if up != nil && up(told) || up == nil && strings.Contains(out.String(), printed) {
			break
		}
		select {
		case err := <-ended:
			d.t.Fatalf("%s ended: %v\n%s", name, err, out.String())
		default:
		}
		if time.Now().After(deadline) {
			cmd.Process.Kill()
			d.t.Fatalf("%s did not come up; told systemd %q, printed\n%s", name, told, out.String())
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Error(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			d.t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	case <-time.After(patience):
		cmd.Process.Kill()
		d.t.Errorf("%s does not end\n%s", name, out.String())
	}
}

// listen makes the socket that a service tells systemd through how it is.
func (d *debian) listen(path string) *net.UnixConn {
	d.t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: d.dir + path, Net: "unixgram"})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := os.Chmod(d.dir+path, 0o777); err != nil {
		d.t.Fatal(err)
	}
	return conn
}

// receive returns what comes within a moment.
func receive(conn *net.UnixConn) string {
	b := make([]byte, 4096)
	conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	n, _ := conn.Read(b)
	return string(b[:n])
}
