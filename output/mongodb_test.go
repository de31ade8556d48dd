package output

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"mmt/testserver"
)

func TestMongoDocuments(t *testing.T) {
	for line, want := range map[string]string{
		`[1000,3,"eth0",12.5,[1,"a"]]`: `{"0": 1000,"1": 3,"2": "eth0","3": 12.5,"4": [1,"a"]}`,
		`[]`:                           `{}`,
		`{"a":1,"b":{"c":"d"}}`:        `{"a": 1,"b": {"c": "d"}}`,
		`1000,3,"eth0"`:                `{"report": "1000,3,\"eth0\""}`,
		`[1,`:                          `{"report": "[1,"}`,
		`{"a":`:                        `{"report": "{\"a\":"}`,
		"":                             `{"report": ""}`,
		"a\xffb":                       `{"report": "a.b"}`,
	} {
		document, err := mongoDocumentOf([]byte(line))
		noError(t, err)
		noError(t, document.Validate())
		got, err := bson.MarshalExtJSON(document, false, false)
		noError(t, err)
		if have, should := strings.ReplaceAll(string(got), " ", ""), strings.ReplaceAll(want, " ", ""); have != should {
			t.Errorf("%q: %s, want %s", line, have, should)
		}
	}
}

func toMongo(address string) MongoDBOptions {
	return MongoDBOptions{Address: address, Database: "mmt-data", Collection: "reports"}
}

// TestMongoWithoutLimits holds that the log tells of a server that knows no
// limited collections.
func TestMongoWithoutLimits(t *testing.T) {
	server := testserver.StartMongoDB(t)
	opt := toMongo(server.Address)
	opt.LimitSize = 1_000_000
	q, log := startQueue(t, NewMongoDB(opt), QueueOptions{})
	putLines(q, 0, 10)
	eventually(t, "the log tells", func() bool { return log.count("set limit-size = 0") == 1 })
	if err := q.Close(10 * time.Millisecond); err == nil {
		t.Error("no error")
	}
}

// TestMongoRefuses holds that a document that the database does not take does
// not keep the others.
func TestMongoRefuses(t *testing.T) {
	server := startFakeMongo(t, "")
	q, _ := startQueue(t, NewMongoDB(toMongo(server.address)), QueueOptions{})
	var b Batch
	for i := range 20 {
		line := fmt.Sprint("line ", i)
		switch i {
		case 3:
			line = "invalid"
		case 9:
			line = strings.Repeat("x", mongoDocument)
		}
		b.Add([]byte(line))
	}
	q.Channel().Write(&b, 0)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 18, 0, Losses{LostRefused: 2})
	got := server.lines()
	if len(got) != 18 || got[3] != "line 4" || got[17] != "line 19" {
		t.Errorf("came: %q", got)
	}
}

// TestMongoLimit holds which commands limit the collection.
func TestMongoLimit(t *testing.T) {
	for options, want := range map[string][]string{
		"":                               {"create 5000000"},
		`{"capped":true,"size":5000192}`: {"create 5000000"},
		`{"capped":true,"size":9000000}`: {"create 5000000", "convertToCapped 5000000"},
		`{}`:                             {"create 5000000", "convertToCapped 5000000"},
	} {
		server := startFakeMongo(t, options)
		opt := toMongo(server.address)
		opt.LimitSize = 5_000_000
		q, _ := startQueue(t, NewMongoDB(opt), QueueOptions{})
		putLines(q, 0, 10)
		noError(t, q.Close(longTime))
		checkQueue(t, q, 10, 0, Losses{})
		if got := server.limits(); !slices.Equal(got, want) {
			t.Errorf("collection with %q: %q, want %q", options, got, want)
		}
	}
}

// TestMongoRealLimit asks the database of MONGODB_URI, if there is one, for what
// the fake one cannot show: that the oldest documents go.
func TestMongoRealLimit(t *testing.T) {
	uri := os.Getenv("MONGODB_URI")
	if uri == "" {
		return
	}
	address := options.Client().ApplyURI(uri).Hosts[0]
	opt := toMongo(address)
	opt.Collection, opt.LimitSize = fmt.Sprint("test", time.Now().UnixNano()), 100_000
	q, _ := startQueue(t, NewMongoDB(opt), QueueOptions{})
	putLines(q, 0, 10_000)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 10_000, 0, Losses{})
	client, err := mongo.Connect(options.Client().SetHosts([]string{address}).SetDirect(true))
	noError(t, err)
	defer client.Disconnect(t.Context())
	collection := client.Database(opt.Database).Collection(opt.Collection)
	defer collection.Drop(t.Context())
	n, err := collection.CountDocuments(t.Context(), bson.D{})
	noError(t, err)
	last, err := collection.CountDocuments(t.Context(), bson.D{{Key: "report", Value: "line 9999"}})
	noError(t, err)
	if n < 500 || n > 5000 || last != 1 {
		t.Errorf("%d documents, %d the last", n, last)
	}
}
