package application

import "mmt/analyzer/proto/id"

// VMware is the authentication daemon of VMware's hosts, which greets on TCP
// port 902 as servers of files and mail do.
var VMware = service(openedBy(id.Vmware, "vmware", "220 VMware Authentication Daemon Version "))
