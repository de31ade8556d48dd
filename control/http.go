package control

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// minToken is how long a token must be: what somebody could find by trying is none.
const minToken = 16

// maxToken bounds what is read of a file that should hold a token, in bytes.
const maxToken = 4096

// commandTime is how long a command may take before the client gets no answer.
const commandTime = 2 * time.Minute

// ReadToken reads the token that a file holds, without blanks around it. The file
// should be readable by the probe's user only; warning says so if it is not, "" if
// it is.
func ReadToken(path string) (token, warning string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	if err != nil {
		return "", "", err
	}
	token = strings.TrimSpace(string(text))
	if len(token) < minToken || len(text) > maxToken || strings.ContainsAny(token, " \t\r\n") {
		return "", "", fmt.Errorf("%s does not hold a token: one word of %d characters or more (write one with: openssl rand -hex 24)", path, minToken)
	}
	if info.Mode().Perm()&0o007 != 0 {
		warning = fmt.Sprintf("%s can be read by everybody, who can then command the probe (chmod 640)", path)
	}
	return token, warning, nil
}

// HTTP takes commands over HTTP: GET /status and /options, POST /start, /stop and
// /update. Each request must have the header "Authorization: Bearer" with the token.
type HTTP struct {
	listener net.Listener
	server   http.Server
	target   Target
	token    [sha256.Size]byte
	ended    chan struct{}
}

// ListenHTTP begins to take commands at host:port from who has the token.
func ListenHTTP(address, token string, t Target, log *slog.Logger) (*HTTP, error) {
	if len(token) < minToken {
		return nil, fmt.Errorf("the token has less than %d characters", minToken)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot take commands: %w (choose an address of this machine with a free port, as in \"127.0.0.1:9466\")", err)
	}
	h := &HTTP{listener: listener, target: t, token: sha256.Sum256([]byte(token)), ended: make(chan struct{})}
	h.server = http.Server{
		Handler: h.handler(), ReadTimeout: patience, WriteTimeout: commandTime, IdleTimeout: patience, MaxHeaderBytes: MaxCommand,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(h.ended)
		h.server.Serve(listener) // ends by Close
	}()
	return h, nil
}

// Address returns where commands are taken.
func (h *HTTP) Address() string { return h.listener.Addr().String() }

// Close takes no more commands, and waits a while until those at hand are answered.
func (h *HTTP) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := h.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = h.server.Close()
	}
	<-h.ended
	return err
}

func (h *HTTP) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, h.target.Status()) })
	mux.HandleFunc("GET /options", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, h.target.Values()) })
	mux.HandleFunc("POST /start", h.plain(verbStart))
	mux.HandleFunc("POST /stop", h.plain(verbStop))
	mux.HandleFunc("POST /update", h.update)
	return h.guard(mux)
}

// guard lets only those in who have the token. How long it takes to say no does not
// depend on how much of the token is right.
func (h *HTTP) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		sum := sha256.Sum256([]byte(given))
		if subtle.ConstantTimeCompare(sum[:], h.token[:]) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			fail(w, http.StatusUnauthorized, "the request has no token, or a wrong one (write Authorization: Bearer and the token)")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// verdict is the answer to a command in JSON.
type verdict struct {
	Code    Code   `json:"code"`
	Meaning string `json:"meaning"`
}

// plain performs a command that is one word.
func (h *HTTP) plain(v verb) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { h.perform(w, r, &command{verb: v}) }
}

// update takes an object of options and their values.
func (h *HTTP) update(w http.ResponseWriter, r *http.Request) {
	settings, err := readSettings(http.MaxBytesReader(w, r.Body, MaxCommand))
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	h.perform(w, r, &command{verbUpdate, settings})
}

// perform performs a command also if the client does not wait for it: half of an
// update would be worse.
func (h *HTTP) perform(w http.ResponseWriter, r *http.Request, c *command) {
	a := perform(context.WithoutCancel(r.Context()), h.target, c)
	status := http.StatusOK
	switch {
	case c.verb == verbUpdate && a.Code == Syntax:
		status = http.StatusBadRequest
	case a.Code >= Failed:
		status = http.StatusInternalServerError
	case a.Code == Already && c.verb != verbUpdate:
		status = http.StatusConflict
	}
	reply(w, status, verdict{a.Code, a.meaning(c.verb)})
}

// readSettings reads {"block.option": value, ...}, where a value is a text, a number
// or a boolean.
func readSettings(body io.Reader) (list []string, err error) {
	d := json.NewDecoder(body)
	d.UseNumber()
	var values map[string]any
	if err := d.Decode(&values); err != nil {
		return nil, fmt.Errorf("the body is not an object of options and values, as in {\"stats-period\": 5}: %w", err)
	}
	for name, v := range values {
		switch v.(type) {
		case string, bool, json.Number:
		default:
			return nil, fmt.Errorf("the value of %s is no text, number or boolean (write a list as in \"{file, redis}\")", clip(name))
		}
		setting := fmt.Sprintf("%s=%v", name, v)
		if strings.ContainsFunc(setting, isLineEnd) {
			return nil, fmt.Errorf("%s has more than one line", clip(setting))
		}
		list = append(list, setting)
	}
	slices.Sort(list)
	if len(list) == 0 {
		return nil, errors.New("the update has no setting, as in {\"stats-period\": 5}")
	}
	return list, nil
}

func fail(w http.ResponseWriter, status int, why string) { reply(w, status, verdict{Syntax, why}) }

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // who is gone needs no answer
}
