package traffic

const portSSH = 22

// ssh is the scenario of RFC 4253.
func ssh(g *Gen) {
	g.sshSession("SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2", portSSH)
	g.sshSession("SSH-2.0-PuTTY_Release_0.80", "SSH-2.0-dropbear_2022.83", 2222)
}

// SSH message numbers.
const (
	sshKexInit  = 20
	sshNewKeys  = 21
	sshKexECDH  = 30
	sshKexReply = 31
)

// sshSession logs in and types some commands.
func (g *Gen) sshSession(clientBanner, serverBanner string, port uint16) {
	c := g.dial(g.to("bastion.example.com"), port)
	c.lines("C: "+clientBanner, "S: "+serverBanner)
	c.request(g.sshPacket(g.sshKexInit()))
	c.reply(g.sshPacket(g.sshKexInit()))
	c.request(g.sshPacket(wire{}.u8(sshKexECDH).len32(g.x25519())))
	hostKey := wire{}.len32([]byte("ssh-ed25519")).len32(g.bytes(32))
	signature := wire{}.len32([]byte("ssh-ed25519")).len32(g.bytes(64))
	c.reply(g.sshPacket(wire{}.u8(sshKexReply).len32(hostKey).len32(g.x25519()).len32(signature)).
		raw(g.sshPacket([]byte{sshNewKeys})))
	c.request(g.sshPacket([]byte{sshNewKeys}))
	for range g.between(6, 20) {
		c.request(g.bytes(36 + 8*g.between(0, 4)))
		c.reply(g.bytes(36 + 8*g.between(0, 40)))
		c.wait(g.between(5, 150))
	}
	c.close()
}

// sshPacket is a binary packet in clear (RFC 4253 section 6): at least four
// bytes of padding up to a multiple of eight.
func (g *Gen) sshPacket(payload []byte) wire {
	padding := 8 - (5+len(payload))%8
	if padding < 4 {
		padding += 8
	}
	return wire{}.u32(uint32(1 + len(payload) + padding)).u8(byte(padding)).raw(payload).raw(g.bytes(padding))
}

// sshKexInit offers algorithms (RFC 4253 section 7.1).
func (g *Gen) sshKexInit() wire {
	w := wire{}.u8(sshKexInit).raw(g.bytes(16))
	for _, list := range []string{
		"curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256",
		"ssh-ed25519,rsa-sha2-512,rsa-sha2-256",
		"chacha20-poly1305@openssh.com,aes128-ctr,aes256-gcm@openssh.com",
		"chacha20-poly1305@openssh.com,aes128-ctr,aes256-gcm@openssh.com",
		"hmac-sha2-256,hmac-sha2-512", "hmac-sha2-256,hmac-sha2-512",
		"none,zlib@openssh.com", "none,zlib@openssh.com", "", "",
	} {
		w = w.len32([]byte(list))
	}
	return w.u8(0).u32(0)
}

// len32 appends b after its length.
func (w wire) len32(b []byte) wire { return w.u32(uint32(len(b))).raw(b) }
