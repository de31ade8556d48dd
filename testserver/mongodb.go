package testserver

import (
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// MongoDB is a server that speaks the protocol of MongoDB and keeps its data in a
// file. Kill breaks its connections at any moment, but lets it write to the file
// what it has acknowledged, as it has no journal. It knows no capped collections.
type MongoDB struct{ server }

var mongoArtifact = artifact{"de.bwaldvogel", "mongo-java-server-h2-backend", "1.47.0"}

// mongoStart starts it on a port, with a file. Of itself it says that it is older
// than clients of today take.
const mongoStart = `import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

public class Start {
    public static void main(String[] args) {
        H2Backend backend = new H2Backend(args[1]);
        backend.version(new MongoVersion() {
            public List<Integer> getVersionArray() { return List.of(5, 0, 0); }
            public int getWireVersion() { return 13; }
        });
        MongoServer server = new MongoServer(backend);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
    }
}
`

// StartMongoDB starts a server, which ends with the test.
func StartMongoDB(t testing.TB) *MongoDB {
	t.Helper()
	Need(t, "javac")
	classes := mongoArtifact.classPath(t)
	dir, port := t.TempDir(), FreePort(t)
	start := cached(t, fmt.Sprintf("%s-%s-start-%08x", mongoArtifact.name, mongoArtifact.version, crc32.ChecksumIEEE([]byte(mongoStart))),
		func(dir string) { compileMongo(t, dir, classes) })
	m := &MongoDB{server{
		Port: port, Address: fmt.Sprint("127.0.0.1:", port), t: t, program: "java", signal: syscall.SIGTERM,
		args: append(javaOptions[:len(javaOptions):len(javaOptions)], "-cp", start+":"+classes, "Start", fmt.Sprint(port), filepath.Join(dir, "data")),
	}}
	t.Cleanup(m.Kill)
	m.Start()
	return m
}

// compileMongo puts the program that starts the server into dir.
func compileMongo(t testing.TB, dir, classes string) {
	t.Helper()
	source := filepath.Join(dir, "Start.java")
	if err := os.WriteFile(source, []byte(mongoStart), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("javac", "-cp", classes, "-d", dir, source).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", source, err, out)
	}
}
