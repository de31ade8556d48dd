package output

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// MongoDBOptions are the manual's block mongodb-output and what a database may
// ask for besides.
type MongoDBOptions struct {
	Address              string // host:port
	Database, Collection string
	LimitSize            int64  // most bytes of the collection, the oldest go first; 0: no limit
	Username, Password   string // "": none
	TLS                  TLSOptions
}

// mongoDocument is the most bytes of a document that the database takes (16 MiB),
// less its _id, which the library adds.
const mongoDocument = 16<<20 - 32

// Codes of the server's errors.
const (
	mongoExists  = 48  // the collection
	mongoCapSlot = 256 // capped collections have a multiple of as many bytes
)

// mongoRefusals are the codes of errors that lie in a document.
var mongoRefusals = map[int]bool{
	2:     true, // BadValue
	121:   true, // DocumentValidationFailure
	10334: true, // BSONObjectTooLarge
	17280: true, // KeyTooLong
}

// MongoDB is the Remote of the channel "mongodb": a document for each line. A
// line that is a JSON object is the document; a JSON array is one with the fields
// "0", "1" and so on; any other line is its field "report".
//
// Lines come at least once: a batch whose fate is unknown, because the connection
// broke, is inserted again. They count as written when the database has them in
// its journal.
type MongoDB struct {
	opt        MongoDBOptions
	client     *mongo.Client
	collection *mongo.Collection
}

// NewMongoDB makes the Remote; it does not connect.
func NewMongoDB(o MongoDBOptions) *MongoDB { return &MongoDB{opt: o} }

// client returns the options of the library.
func (o *MongoDBOptions) client() (*options.ClientOptions, error) {
	encryption, err := o.TLS.config()
	if err != nil {
		return nil, err
	}
	// The server that is named is the one to talk to, whatever others it knows.
	opts := options.Client().SetHosts([]string{o.Address}).SetDirect(true).SetAppName("mmt-probe")
	opts.SetMaxPoolSize(1).SetWriteConcern(writeconcern.Journaled())
	if encryption != nil {
		opts.SetTLSConfig(encryption)
	}
	if o.Username != "" {
		opts.SetAuth(options.Credential{Username: o.Username, Password: o.Password})
	}
	return opts, nil
}

// Open implements Remote.
func (m *MongoDB) Open(ctx context.Context) error {
	opts, err := m.opt.client()
	if err != nil {
		return err
	}
	if m.client, err = mongo.Connect(opts); err != nil {
		return m.failed(err)
	}
	db := m.client.Database(m.opt.Database)
	m.collection = db.Collection(m.opt.Collection)
	if err = m.client.Ping(ctx, nil); err == nil && m.opt.LimitSize > 0 {
		err = m.limit(ctx, db)
	}
	if err != nil {
		m.client.Disconnect(ctx)
		return m.failed(err)
	}
	return nil
}

// Close implements Remote.
func (m *MongoDB) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace/2)
	defer cancel()
	return m.client.Disconnect(ctx)
}

func (m *MongoDB) failed(err error) error {
	return fmt.Errorf("mongodb server %s: %w", m.opt.Address, err)
}

// limit makes the collection, or the one that exists, one of a limited size.
func (m *MongoDB) limit(ctx context.Context, db *mongo.Database) error {
	size := m.opt.LimitSize
	err := db.CreateCollection(ctx, m.opt.Collection, options.CreateCollection().SetCapped(true).SetSizeInBytes(size))
	var reply mongo.CommandError
	if errors.As(err, &reply) && reply.Code == mongoExists {
		err = m.limitExisting(ctx, db)
	}
	if err != nil {
		return fmt.Errorf("limit-size of the collection %q: %w (set limit-size = 0 if the server has no such collections)", m.opt.Collection, err)
	}
	return nil
}

// limitExisting removes the oldest documents if there are more than the limit.
func (m *MongoDB) limitExisting(ctx context.Context, db *mongo.Database) error {
	size := m.opt.LimitSize
	found, err := db.ListCollectionSpecifications(ctx, bson.D{{Key: "name", Value: m.opt.Collection}})
	if err != nil {
		return err
	}
	for _, c := range found {
		capped, _ := c.Options.Lookup("capped").BooleanOK()
		is, _ := c.Options.Lookup("size").AsInt64OK()
		if capped && (is+mongoCapSlot-1)/mongoCapSlot == (size+mongoCapSlot-1)/mongoCapSlot {
			return nil
		}
	}
	return db.RunCommand(ctx, bson.D{{Key: "convertToCapped", Value: m.opt.Collection}, {Key: "size", Value: size}}).Err()
}

// Send implements Remote.
func (m *MongoDB) Send(ctx context.Context, b *Batch) (int, error) {
	documents, err := mongoDocuments(b)
	if len(documents) == 0 {
		return 0, Refused(1, err)
	}
	_, insertErr := m.collection.InsertMany(ctx, documents)
	if insertErr == nil && err == nil {
		return b.Len(), nil
	}
	if insertErr == nil {
		return len(documents), Refused(1, err)
	}
	// Inserted in their order: those before the first error are there.
	var bulk mongo.BulkWriteException
	if !errors.As(insertErr, &bulk) || len(bulk.WriteErrors) == 0 || bulk.WriteConcernError != nil {
		return 0, m.failed(insertErr)
	}
	first := bulk.WriteErrors[0]
	if mongoRefusals[first.Code] {
		return first.Index, Refused(1, insertErr)
	}
	return first.Index, m.failed(insertErr)
}

// mongoDocuments returns the documents of the lines before the first that is too
// large, and the error of that one.
func mongoDocuments(b *Batch) (list []any, err error) {
	for i := range b.Len() {
		document, err := mongoDocumentOf(b.Line(i))
		if err == nil && len(document) > mongoDocument {
			err = fmt.Errorf("a document of %d bytes is too large", len(document))
		}
		if err != nil {
			return list, err
		}
		list = append(list, document)
	}
	return list, nil
}

// mongoDocumentOf returns the document of one line.
func mongoDocumentOf(line []byte) (document bson.Raw, err error) {
	switch {
	case len(line) > 0 && line[0] == '{':
		if bson.UnmarshalExtJSON(line, false, &document) == nil {
			return document, nil
		}
	case len(line) > 0 && line[0] == '[':
		wrapped := append(append([]byte(`{"a":`), line...), '}')
		if bson.UnmarshalExtJSON(wrapped, false, &document) == nil {
			// The bytes of a BSON array are those of a document (bsonspec.org).
			return bson.Raw(document.Lookup("a").Array()), nil
		}
	}
	return bson.Marshal(bson.D{{Key: "report", Value: strings.ToValidUTF8(string(line), ".")}})
}
