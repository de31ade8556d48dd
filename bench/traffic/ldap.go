package traffic

const portLDAP = 389

// LDAP operations (RFC 4511 section 4).
const (
	ldapBind         = 0x60
	ldapBindResponse = 0x61
	ldapUnbind       = 0x42
	ldapSearch       = 0x63
	ldapEntry        = 0x64
	ldapDone         = 0x65
)

// LDAP result codes.
const (
	ldapSuccess       = 0
	ldapBadCredential = 49
)

// ldap is the scenario of RFC 4511.
func ldap(g *Gen) {
	c := g.ldapBound("cn=admin,dc=example,dc=org", ldapSuccess)
	c.request(ldapMessage(2, ldapSearchUser()))
	entry := ber(ldapEntry, berText(berOctets, "uid=alice,ou=people,dc=example,dc=org"), ber(berSequence,
		ldapAttribute("cn", "Alice Example"), ldapAttribute("mail", "alice@example.org", "a@example.org")))
	c.reply(ldapMessage(2, entry).raw(ldapMessage(2, ldapResult(ldapDone, ldapSuccess))))
	c.request(ldapMessage(3, ber(ldapUnbind)))
	c.close()
	g.ldapBound("cn=mallory,dc=example,dc=org", ldapBadCredential).close()
}

// ldapBound opens a connection and binds with a password.
func (g *Gen) ldapBound(name string, result uint32) *conn {
	c := g.dial(g.local(), portLDAP)
	c.request(ldapMessage(1, ber(ldapBind, berInt(berInteger, 3), berText(berOctets, name), berText(0x80, "sesame"))))
	c.reply(ldapMessage(1, ldapResult(ldapBindResponse, result)))
	return c
}

func ldapMessage(id uint32, operation []byte) wire {
	return ber(berSequence, berInt(berInteger, id), operation)
}

// ldapSearchUser looks in the whole subtree for (&(objectClass=*)(uid=alice)).
func ldapSearchUser() wire {
	equal := func(name, value string) wire { return ber(0xa3, berText(berOctets, name), berText(berOctets, value)) }
	return ber(ldapSearch, berText(berOctets, "dc=example,dc=org"), berInt(berEnumerated, 2), berInt(berEnumerated, 0),
		berInt(berInteger, 100), berInt(berInteger, 10), ber(berBoolean, []byte{0}),
		ber(0xa0, ber(0x87, []byte("objectClass")), equal("uid", "alice")),
		ber(berSequence, berText(berOctets, "cn"), berText(berOctets, "mail")))
}

func ldapAttribute(name string, values ...string) wire {
	var set []byte
	for _, v := range values {
		set = append(set, berText(berOctets, v)...)
	}
	return ber(berSequence, berText(berOctets, name), ber(berSet, set))
}

func ldapResult(tag byte, code uint32) wire {
	return ber(tag, berInt(berEnumerated, code), ber(berOctets), ber(berOctets))
}
