package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
)

// serverList holds the protocols of mail, files, remote access, databases,
// message queues and remote procedure calls.
func serverList() []dpi.Protocol {
	return slices.Concat(
		mailList(), fileList(), remoteList(), databaseList(), messageList(), callList(),
	)
}

// mailList holds the protocols of mail and news.
func mailList() []dpi.Protocol {
	return []dpi.Protocol{
		application.SMTP, application.SMTPS, application.POP, application.POPS, application.IMAP, application.IMAPS,
		application.Usenet,
	}
}

// fileList holds the protocols of files, disks, printers and programs' sources.
func fileList() []dpi.Protocol {
	return []dpi.Protocol{
		application.FTP, application.FTPS, application.SMB, application.NFS, application.SunRPC, application.AFP,
		application.Rsync, application.ISCSI, application.NVMeTCP, application.NBD, application.Lustre, application.Ceph,
		application.AFS, application.NDMP, application.Bacula, application.Netbackup, application.Git, application.SVN, application.CVS,
		application.Distcc, application.PJL, application.LPD,
	}
}

// remoteList holds the protocols of remote access.
func remoteList() []dpi.Protocol {
	return []dpi.Protocol{
		application.SSH, application.Telnet, application.Rlogin, application.Rsh, application.Rexec, application.VNC,
		application.RDP, application.X11, application.Citrix, application.Spice, application.NoMachine, application.Radmin,
		application.PCAnywhere, application.ADB, application.JDWP,
	}
}

// databaseList holds the protocols of databases and caches.
func databaseList() []dpi.Protocol {
	return []dpi.Protocol{
		application.MySQL, application.Postgres, application.Oracle, application.MSSQL, application.TDS, application.MongoDB,
		application.Redis, application.Memcached, application.Couchbase, application.Cassandra, application.DRDA,
		application.Elasticsearch, application.ClickHouse, application.Neo4j, application.Aerospike, application.Tarantool,
		application.RethinkDB, application.Firebird, application.SAPHana, application.HBase, application.Ignite, application.Hazelcast,
	}
}

// messageList holds the protocols of message queues and of streams of events.
func messageList() []dpi.Protocol {
	return []dpi.Protocol{
		application.MQTT, application.MQTTSN, application.AMQP, application.Kafka, application.STOMP, application.OpenWire, application.NATS,
		application.ZeroMQ, application.NSQ, application.IBMMQ, application.Pulsar, application.RocketMQ, application.Beanstalkd,
		application.SMPP, application.FIX, application.Fluentd, application.Logstash, application.Graphite, application.OpenTSDB,
		application.StatsD, application.GELF,
	}
}

// callList holds the protocols of remote calls and of programs that work
// together.
func callList() []dpi.Protocol {
	return []dpi.Protocol{
		application.Thrift, application.Protobuf, application.Corba, application.JRMI, application.DCERPC, application.AJP,
		application.FastCGI, application.Dubbo, application.BRPC, application.MsgpackRPC, application.ZerocIce, application.Gearman,
		application.Raft, application.ZooKeeper, application.Serf, application.EPMD, application.HiSLIP, application.Z3950,
		application.LotusNotes, application.SAPRouter, application.Perforce,
	}
}
