package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

var databaseProtocols = []dpi.Protocol{TLS, MySQL, Postgres, Oracle, MSSQL, TDS, MongoDB, Redis, Memcached, Couchbase, Cassandra, DRDA, Elasticsearch,
	ClickHouse, Neo4j, Aerospike, Tarantool, RethinkDB, Firebird, SAPHana, HBase, Ignite, Hazelcast, Perforce}

// mysqlMessage is a packet of MySQL.
func mysqlMessage(number int, content ...any) string {
	body := prototest.Bytes(content...)
	return raw(len(body), len(body)>>8, 0, number, body)
}

// tdsMessage is the only packet of a message of TDS.
func tdsMessage(kind int, body ...any) string {
	b := prototest.Bytes(body...)
	return raw(kind, 1, uint16(8+len(b)), uint32(0x100), b)
}

// mongoMessageOf is a message of MongoDB.
func mongoMessageOf(op int, body ...any) string {
	b := prototest.Bytes(body...)
	return raw(len(b)+16, 0, 0, 0, 1, 0, 0, 0, make([]byte, 4), op, op>>8, 0, 0, b)
}

func TestDatabases(t *testing.T) {
	greeting := mysqlMessage(0, 10, "8.0.36\x00", uint32(7), "12345678", 0, 0xff, 0xf7, 0xff, make([]byte, 18), "mysql_native_password\x00")
	wish := mysqlMessage(1, 0, 0x0a, 0, 0, uint32(1), 0x21, make([]byte, 23))
	login := mysqlMessage(1, 0, 0x02, 0, 0, uint32(1), 0x21, make([]byte, 23), "root\x00", 0)
	startup := raw(uint32(23), uint32(postgresVersion3), "user\x00postgres\x00\x00")
	prelogin := tdsMessage(tdsPreLogin, 0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, make([]byte, 6), 2)
	tdsLogin := make([]byte, 504)
	copy(tdsLogin, "host")
	tdsLogin[30] = 4
	document := raw(5, 0, 0, 0, 0)
	cql := func(version, op int, body string) string {
		return raw(version, 0, uint16(0), op, uint32(len(body)), body)
	}
	recognise(t, databaseProtocols, []conversation{
		{name: "mysql", port: 3306, say: []string{"<" + greeting, ">" + login}, want: "mysql"},
		{name: "mysql client only", port: 33060, say: []string{">" + login}, want: "mysql"},
		{name: "mysql with tls", port: 3306, say: []string{"<" + greeting, ">" + wish, ">" + helloTo("db.example.org")}, want: "mysql.ssl"},
		{name: "mysql refusal", port: 3306, say: []string{"<" + mysqlMessage(0, 0xff, 0x6a, 0x04, "Host '192.0.2.1' is not allowed")}, want: "mysql"},
		{name: "mysql query", port: 3306, say: []string{">" + mysqlMessage(0, 3, "SELECT 1")}, want: "mysql", whole: true},
		{name: "not mysql", port: 3306, say: []string{"<" + mysqlMessage(0, 10, "no version\x00", make([]byte, 30))}, want: "unknown"},
		{name: "postgres", port: 5432, say: []string{">" + startup, "<" + raw("R", uint32(8), uint32(0))}, want: "postgres"},
		{name: "postgres server only", port: 54320, say: []string{"<" + raw("R", uint32(12), uint32(5), "salt")}, want: "postgres"},
		{name: "postgres error", port: 5432, say: []string{"<" + raw("E", uint32(34), "SFATAL\x00C28000\x00Mno entry here\x00\x00")}, want: "postgres"},
		{name: "postgres tls", port: 5432, say: []string{">" + raw(uint32(8), uint32(postgresTLS)), "<S", ">" + helloTo("pg.example.org")}, want: "postgres.ssl"},
		{name: "postgres cancel", port: 5432, say: []string{">" + raw(uint32(16), uint32(postgresCancel), uint64(1))}, want: "postgres"},
		{name: "postgres query", port: 5432, say: []string{">" + raw("Q", uint32(14), "SELECT 1;\x00")}, want: "postgres", whole: true},
		{name: "oracle", port: 1521, say: []string{">" + raw(uint16(78), uint16(0), tnsConnect, 0, uint16(0), uint16(314), uint16(300), make([]byte, 12), uint16(20), uint16(58), make([]byte, 30), "(DESCRIPTION=(A=(B))")}, want: "oracle"},
		{name: "oracle accept", port: 15210, say: []string{"<" + raw(uint16(32), uint16(0), tnsAccept, 0, uint16(0), uint16(314), make([]byte, 22))}, want: "oracle", whole: true},
		{name: "oracle refusal", port: 1521, say: []string{"<" + raw(uint16(17), uint16(0), tnsRefuse, 0, uint16(0), uint16(0x400), uint16(5), "(E=1)")}, want: "oracle"},
		{name: "oracle resend", port: 1521, say: []string{"<" + raw(uint16(8), uint16(0), tnsResend, 0, uint16(0))}, want: "oracle"},
		{name: "mssql", port: 1433, say: []string{">" + prelogin}, want: "mssql"},
		{name: "mssql login", port: 14330, say: []string{">" + tdsMessage(tdsLogin7, 40, 0, 0, 0, 4, 0, 0, 0x74, make([]byte, 32))}, want: "mssql"},
		{name: "mssql batch", port: 1433, say: []string{">" + tdsMessage(tdsBatch, 22, 0, 0, 0, 18, 0, 0, 0, 2, 0, make([]byte, 12), "S\x00")}, want: "mssql", whole: true},
		{name: "mssql result", port: 14330, say: []string{"<" + raw(tdsResult, 1, uint16(13), uint16(52), 1, 0, 0xfd, 0, 0, 0, 0)}, want: "mssql", whole: true},
		{name: "search for mssql", udp: true, port: 1434, say: []string{">\x03", "<" + raw(5, 24, 0, "ServerName;A;Instance;B;;")[:27]}, want: "mssql"},
		{name: "not mssql", port: 14330, say: []string{"<" + raw(tdsResult, 1, uint16(14), uint16(52), 1, 0, 0xfd, 0, 0, 0, 0)}, want: "unknown"},
		{name: "oracle data", port: 1521, say: []string{">" + raw(uint16(0), uint16(12), tnsData, 0, uint16(0), uint32(0x3f))}, want: "oracle", whole: true},
		{name: "sybase", port: 5000, say: []string{">" + raw(tdsOldLogin, 0, uint16(512), uint32(0), tdsLogin)}, want: "tds"},
		{name: "mongodb", port: 27017, say: []string{">" + mongoMessageOf(mongoQuery, uint32(0), "admin.$cmd\x00", uint64(0), document)}, want: "mongodb"},
		{name: "mongodb message", port: 270, say: []string{"<" + mongoMessageOf(mongoMessage, uint32(0), 0, document)}, want: "mongodb"},
		{name: "mongodb reply", port: 270, say: []string{"<" + mongoMessageOf(mongoReply, 8, make([]byte, 15), 1, 0, 0, 0, document)}, want: "mongodb"},
		{name: "not mongodb", port: 27017, say: []string{">" + mongoMessageOf(mongoQuery, uint32(0), "no name here", uint64(0), "\x00")}, want: "unknown"},
		{name: "redis", port: 6380, say: []string{">*1\r\n$4\r\nPING\r\n", "<+PONG\r\n"}, want: "redis"},
		{name: "redis server only", port: 6379, say: []string{"<+OK\r\n"}, want: "redis"},
		{name: "redis array of numbers", port: 6379, say: []string{"<*2\r\n:1\r\n:2\r\n"}, want: "redis"},
		{name: "redis typed", port: 6379, say: []string{">PING\r\n"}, want: "redis", whole: true},
		{name: "not redis", port: 6380, say: []string{">*1x\r\n"}, want: "unknown"},
		{name: "memcached", port: 11212, say: []string{">set key 0 60 5\r\nhello\r\n", "<STORED\r\n"}, want: "memcached"},
		{name: "memcached server only", port: 11212, say: []string{"<VALUE key 0 5\r\nhello\r\nEND\r\n"}, want: "memcached"},
		{name: "memcached get", port: 11211, say: []string{">get key\r\n"}, want: "memcached"},
		{name: "memcached binary", port: 11212, say: []string{">" + raw(0x80, 0, uint16(3), 0, 0, uint16(0), uint32(3), uint32(0), uint64(0), "key")}, want: "memcached"},
		{name: "memcached nothing to get", port: 11212, say: []string{">" + raw(0x80, 0, uint16(0), 0, 0, uint16(0), uint32(3), uint32(0), uint64(0), "key")}, want: "unknown"},
		{name: "memcached udp", udp: true, port: 11211, say: []string{">" + raw(uint16(1), uint16(0), uint16(1), uint16(0), "stats\r\n")}, want: "memcached"},
		{name: "couchbase", port: 11210, say: []string{">" + raw(0x80, memcachedHello, uint16(3), 0, 0, uint16(0), uint32(5), uint32(0), uint64(0), "abc\x00\x01")}, want: "couchbase"},
		{name: "cassandra", port: 9042, say: []string{">" + cql(4, cqlStartup, raw(uint16(1), uint16(11), "CQL_VERSION", uint16(5), "3.0.0"))}, want: "cassandra"},
		{name: "cassandra options", port: 9042, say: []string{">" + cql(4, cqlOptions, "")}, want: "cassandra"},
		{name: "cassandra nodes", port: 7000, say: []string{">\xca\x55\x2d\xfa\x00\x00\x00\x0c"}, want: "cassandra"},
		{name: "drda", port: 50000, say: []string{">" + raw(uint16(38), ddmMagic, 0x41, uint16(1), uint16(32), uint16(0x1041), make([]byte, 28))}, want: "drda"},
		{name: "not drda", port: 50000, say: []string{">" + raw(uint16(38), ddmMagic, 0x41, uint16(1), uint16(33), uint16(0x1041))}, want: "unknown"},
		{name: "elasticsearch", port: 9300, say: []string{">" + raw("ES", uint32(50), uint64(1), 8, uint32(7_170_099), make([]byte, 37))}, want: "elasticsearch"},
		{name: "elasticsearch ping", port: 9300, say: []string{">ES\xff\xff\xff\xff"}, want: "elasticsearch"},
		{name: "clickhouse", port: 9000, say: []string{">\x00\x11ClickHouse client\x16\x02"}, want: "clickhouse"},
		{name: "neo4j", port: 7687, say: []string{">\x60\x60\xb0\x17\x00\x00\x04\x04"}, want: "neo4j"},
		{name: "aerospike", port: 3000, say: []string{">" + raw(2, aerospikeInfo, uint16(0), uint32(5), "node\n")}, want: "aerospike"},
		{name: "tarantool", port: 3301, say: []string{"<Tarantool 2.11.0 (Binary)"}, want: "tarantool"},
		{name: "rethinkdb", port: 28015, say: []string{">\xc3\xbd\xc2\x34{}\x00"}, want: "rethinkdb"},
		{name: "firebird", port: 3050, say: []string{">" + raw(uint32(1), uint32(0x13), uint32(3), uint32(1))}, want: "firebird"},
		{name: "sap hana", port: 30015, say: []string{">" + raw(uint32(0xffffffff), 4, 0x20, 0, 4, 1, 0, 0, 1, 1, 1)}, want: "sap_hana"},
		{name: "hbase", port: 16000, say: []string{">HBas\x00\x50"}, want: "hbase"},
		{name: "ignite", port: 10800, say: []string{">" + raw(8, 0, 0, 0, 1, 1, 0, 7, 0, 0, 0, 2)}, want: "ignite", whole: true},
		{name: "hazelcast", port: 5701, say: []string{">" + raw("CP2", 30, 0, 0, 0, 0, 0xc0, make([]byte, 24))}, want: "hazelcast"},
		{name: "perforce", port: 1666, say: []string{">" + raw(30, 30, 0, 0, 0, "func\x00\x08\x00\x00\x00protocol\x00", make([]byte, 7))}, want: "perforce"},
	})
}
