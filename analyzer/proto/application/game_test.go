package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

var games = []dpi.Protocol{
	RakNet, Minecraft, Steam, SourceEngine, CSGO, HalfLife2, SteamDatagramRelay, Quake, GameSpy, Warcraft3, BattleNet,
	WorldOfWarcraft, Starcraft, Blizzard, HeroesOfTheStorm, KCP, GenshinImpact, Nintendo, AmongUs, Yojimbo, TocaBoca,
	CryNetwork, RiotGames, NetEaseGames, CODMobile, SecondLife, Battlefield, CrossFire, Xbox, PlayStation, Activision,
	LoLWildRift, EpicGames, Gaijin, GuildWars2, Fiesta, WorldOfKungFu, Dofus, MapleStory, PathOfExile, Florensia, Frostbite,
	TencentGames, Armagetron,
}

func TestRakNetAndMinecraft(t *testing.T) {
	name := "play.example.org"
	hello := prototest.Bytes(0, 0xff, 0x05, len(name), name, uint16(25565), 2)
	recognise(t, games, []conversation{
		{name: "ping", udp: true, port: 19132, say: []string{clientSays(1, uint64(7), rakNetMagic, uint64(9))}, want: "raknet"},
		{name: "pong", udp: true, port: 19132, say: []string{serverSays(0x1c, uint64(7), uint64(9), rakNetMagic, behind("MCPE;a server;"))}, want: "raknet.minecraft"},
		{name: "opening", udp: true, port: 40001, say: []string{clientSays(0x7b, rakNetMagic, 5, nulls(60))}, want: "raknet"},
		{name: "relayed", udp: true, port: 40001, say: []string{clientSays(arbitrary(1, 31), 0x7b, rakNetMagic, 5)}, want: "raknet"},
		{name: "too deep", udp: true, port: 40001, say: []string{clientSays(arbitrary(1, 60), rakNetMagic, 5)}, want: "unknown"},
		{name: "Java edition", port: 25565, say: []string{clientSays(len(hello), hello, 1, 0)}, want: "minecraft"},
		{name: "no next state", port: 25565, say: []string{clientSays(len(hello), hello[:len(hello)-1], 9)}, want: "unknown"},
		{name: "old ping", port: 40001, say: []string{clientSays(minecraftPing, nulls(9))}, want: "minecraft"},
	})
	n := prototest.New(t, games...)
	if f := n.TCP(40000, 25565).Up(prototest.Bytes(len(hello), hello)); f.Host() != name {
		t.Errorf("host %q, want %q", f.Host(), name)
	}
}

func TestValve(t *testing.T) {
	outside := uint32(connectionless)
	recognise(t, games, []conversation{
		{name: "query", udp: true, port: 27015, say: []string{clientSays(outside, "TSource Engine Query\x00")}, want: "source_engine"},
		{name: "players", udp: true, port: 40001, say: []string{clientSays(outside, "U", outside)}, want: "source_engine"},
		{name: "information", udp: true, port: 40001, say: []string{serverSays(outside, "I\x11a server\x00a map\x00")}, want: "source_engine"},
		{name: "list", udp: true, port: 27011, say: []string{clientSays("1\xff0.0.0.0:0\x00\\appid\\240\x00")}, want: "source_engine"},
		{name: "addresses", udp: true, port: 27011, say: []string{serverSays(outside, "f\n", arbitrary(1, 12))}, want: "source_engine"},
		{name: "Counter-Strike", udp: true, port: 27015, say: []string{clientSays(outside, "q", "connect0x01020304")}, want: "unknown"},
		{name: "Counter-Strike whole", udp: true, port: 27015, say: []string{clientSays(outside, "q", "connect0x01020304\x00")}, want: "csgo"},
		{name: "Half-Life 2", udp: true, port: 40001, want: "halflife2", say: []string{
			clientSays(outside, "q", arbitrary(1, 12), "000\x00"), serverSays(outside, "A", arbitrary(2, 20)),
		}},
		{name: "Half-Life 2, alone", udp: true, port: 40001, say: []string{clientSays(outside, "q", arbitrary(1, 12), "000\x00")}, want: "unknown"},
		{name: "relay", udp: true, port: 27045, say: []string{clientSays(1, 0x81, "sdping", arbitrary(1, 90))}, want: "steam_datagram_relay"},
		{name: "Steam", udp: true, port: 27017, say: []string{clientSays("VS01", little16(20), 6, 4, nulls(28), arbitrary(1, 20))}, want: "steam"},
		{name: "Steam, other length", udp: true, port: 27017, say: []string{clientSays("VS01", little16(21), 6, 4, nulls(28), arbitrary(1, 20))}, want: "unknown"},
		{name: "Steam over TCP", port: 27017, say: []string{clientSays(little32(44), "VT01", arbitrary(1, 44))}, want: "steam"},
		{name: "Quake 3", udp: true, port: 27960, say: []string{clientSays(outside, "getstatus")}, want: "quake"},
		{name: "Quake", udp: true, port: 40001, say: []string{clientSays(uint16(0xffff), "getInfo xxx\x00")}, want: "quake"},
		{name: "no command", udp: true, port: 27960, say: []string{clientSays(outside, "gotstatus")}, want: "unknown"},
		{name: "GameSpy", udp: true, port: 7778, say: []string{clientSays(`\status\`)}, want: "gamespy"},
		{name: "GameSpy 4", udp: true, port: 40001, say: []string{clientSays(0xfe, 0xfd, 9, uint32(77)), serverSays(9, uint32(77), "123\x00")}, want: "gamespy"},
		{name: "GameSpy 4, other number", udp: true, port: 40001, say: []string{clientSays(0xfe, 0xfd, 9, uint32(77)), serverSays(9, uint32(78), "123\x00")}, want: "unknown"},
	})
}

func TestBlizzard(t *testing.T) {
	w3 := func(kind int, parts ...any) []byte {
		b := prototest.Bytes(parts...)
		return prototest.Bytes(0xf7, kind, little16(len(b)+4), b)
	}
	login := prototest.Bytes("WoW\x00", 3, 3, 5, arbitrary(1, 30))
	heroes := func(number uint16, count uint16) string {
		return clientSays(uint32(0xe65d3400), arbitrary(uint32(count), 10), number, count, arbitrary(9, 6))
	}
	recognise(t, games, []conversation{
		{name: "Warcraft III", port: 6112, say: []string{clientSays(w3(0x1e, arbitrary(1, 20)))}, want: "warcraft3"},
		{name: "Warcraft III elsewhere", port: 40001, say: []string{clientSays(w3(0x1e, arbitrary(1, 20)), w3(0x46, uint32(1)))}, want: "warcraft3"},
		{name: "Warcraft III in the network", udp: true, port: 6112, say: []string{clientSays(w3(0x2f, "PX3W", little32(26), uint32(0)))}, want: "warcraft3"},
		{name: "Battle.net", port: 6112, say: []string{clientSays(1, 0xff, 0x50, little16(58), uint32(0), "68XI", "PXES")}, want: "battlenet"},
		{name: "login", port: 3724, say: []string{clientSays(0, 8, little16(len(login)), login)}, want: "worldofwarcraft"},
		{name: "greeting", port: 40001, say: []string{serverSays(little16(48), wowGreeting, " - SERVER TO CLIENT\x00")}, want: "worldofwarcraft"},
		{name: "StarCraft II", port: 1119, say: []string{clientSays(0x4a, uint16(0), 10, 0x66, 2, 10, arbitrary(1, 3))}, want: "starcraft"},
		{name: "other games", port: 1119, say: []string{clientSays(0x41, uint16(0), 10, 0x66, 0x52, arbitrary(1, 4))}, want: "blizzard"},
		{name: "Hearthstone", port: 1119, whole: true, say: []string{clientSays(little32(168), little32(30), arbitrary(1, 30))}, want: "blizzard"},
		{name: "first messages", udp: true, port: 40001, want: "blizzard", say: []string{
			clientSays(arbitrary(1, 14), little32(1)), serverSays(arbitrary(2, 14), 1),
		}},
		{name: "Heroes", udp: true, port: 3724, say: []string{heroes(0x4000, 7), heroes(0x4010, 7), heroes(0x4000, 8)}, want: "heroes_of_the_storm"},
		{name: "Heroes that count back", udp: true, port: 3724, say: []string{heroes(0x4000, 7), heroes(0x4000, 6), heroes(0x4000, 8)}, want: "unknown"},
	})
}

func TestKCP(t *testing.T) {
	segment := func(key []byte, command int, n int) []byte {
		return prototest.Bytes(key, command, 0, little16(128), little32(20), little32(1), little32(0), little32(uint32(n)), arbitrary(1, n))
	}
	kcp, genshin := little32(10), prototest.Bytes(arbitrary(7, 8))
	recognise(t, games, []conversation{
		{name: "push", udp: true, port: 40001, say: []string{clientSays(segment(kcp, 81, 100))}, want: "kcp"},
		{name: "acknowledgements", udp: true, port: 40001, say: []string{clientSays(segment(kcp, 82, 0), segment(kcp, 82, 0))}, want: "kcp"},
		{name: "two conversations", udp: true, port: 40001, say: []string{clientSays(segment(kcp, 82, 0), segment(little32(11), 82, 0))}, want: "unknown"},
		{name: "longer than said", udp: true, port: 40001, say: []string{clientSays(segment(kcp, 81, 100), 1)}, want: "unknown"},
		{name: "Genshin Impact", udp: true, port: 22101, say: []string{clientSays(segment(genshin, 81, 50))}, want: "genshin_impact"},
		{name: "Genshin Impact, handshake", udp: true, port: 40001, say: []string{clientSays(uint32(0xff), uint64(0), uint32(1234567890), uint32(0xffffffff))}, want: "genshin_impact"},
		{name: "Genshin Impact, account", port: 10012, whole: true, want: "genshin_impact", say: []string{
			clientSays(1, uint32(42), 7, uint32(0), uint64(77), nulls(24)), serverSays(1, uint32(50), 8, uint32(1), uint64(77), nulls(32)),
		}},
	})
}

func TestGameDatagrams(t *testing.T) {
	photon := prototest.Bytes(uint16(0xffff), 0, 1, uint32(7), uint32(8), uint32(0x02ff0104), uint32(44), nulls(36))
	epic := prototest.Bytes(uint32(0x01020304)&^8, arbitrary(1, 6), nulls(24))
	recognise(t, games, []conversation{
		{name: "Nintendo", udp: true, port: 40001, say: []string{clientSays(uint32(0x32ab9864), 2, arbitrary(1, 50))}, want: "nintendo"},
		{name: "Among Us", udp: true, port: 22023, say: []string{clientSays(8, uint16(1), 0, little32(50583936), 6, "player")}, want: "among_us"},
		{name: "Among Us in 1999", udp: true, port: 22023, say: []string{clientSays(8, uint16(1), 0, little32(1999*25000), 6, "player")}, want: "unknown"},
		{name: "netcode", udp: true, port: 40000, say: []string{clientSays(0, "NETCODE 1.02\x00", arbitrary(1, 60))}, want: "yojimbo"},
		{name: "Photon", udp: true, port: 5055, say: []string{clientSays(photon)}, want: "toca_boca"},
		{name: "CryEngine", udp: true, port: 40001, say: []string{clientSays(20, uint16(1), uint16(0x08ed), arbitrary(1, 11), 1, nulls(3), 7, nulls(3), uint16(0x0307), nulls(4))}, want: "crynetwork"},
		{name: "Riot", udp: true, port: 40001, say: []string{clientSays(arbitrary(1, 30), uint64(0xaaaaaaaabbbbbbbb))}, want: "riot_games"},
		{name: "NetEase", udp: true, port: 40001, say: []string{clientSays(1, 0, little16(0x1d0), arbitrary(1, 4), little32(0x1010100))}, want: "netease_games"},
		{name: "Call of Duty: Mobile", udp: true, port: 7500, say: []string{clientSays(arbitrary(1, 8), "ping")}, want: "cod_mobile"},
		{name: "Second Life", udp: true, port: 13000, say: []string{clientSays("\x40\x00\x00\x00\x01\x00\xff\xff\x00\x03", arbitrary(1, 36))}, want: "secondlife"},
		{name: "Battlefield", udp: true, port: 40001, say: []string{clientSays(arbitrary(1, 5), "battlefield2\x00")}, want: "battlefield"},
		{name: "CrossFire", udp: true, port: 40001, say: []string{clientSays(uint32(0xc7d91999), uint16(0x0200), arbitrary(1, 16), uint16(0x7d00), 1)}, want: "crossfire"},
		{name: "Xbox", udp: true, port: 3074, say: []string{clientSays(uint32(0), 0x0c, 0x58, 0x76, nulls(3), arbitrary(1, 10))}, want: "xbox"},
		{name: "PlayStation", udp: true, port: 9302, say: []string{clientSays("SRCH * HTTP/1.1\ndevice-discovery-protocol-version:00030010\n")}, want: "playstation"},
		{name: "Activision", udp: true, port: 40001, say: []string{clientSays(0x0d, 2, 0, arbitrary(1, 26)), serverSays(0x0c, 2, 0, arbitrary(1, 26))}, want: "activision"},
		{name: "Activision, other answer", udp: true, port: 40001, say: []string{clientSays(0x0d, 2, 0, arbitrary(1, 26)), serverSays(0x0c, 2, 0, arbitrary(2, 26))}, want: "unknown"},
		{name: "Wild Rift", udp: true, port: 15007, say: []string{clientSays(little32(4), arbitrary(1, 65)), serverSays(little32(16), arbitrary(2, 355))}, want: "lol_wild_rift"},
		{name: "Wild Rift, greeting", udp: true, port: 18001, say: []string{clientSays(uint32(0x0102c841), uint32(1), uint16(1), uint32(30), uint16(4), uint16(4), "A0B1")}, want: "lol_wild_rift"},
		{name: "Unreal", udp: true, port: 7777, say: []string{clientSays(epic), serverSays(uint32(0x01020304)|8, arbitrary(2, 30))}, want: "epic_games"},
		{name: "Unreal, other header", udp: true, port: 7777, say: []string{clientSays(epic), serverSays(uint32(0x01020305)|8, arbitrary(2, 30))}, want: "unknown"},
		{name: "Gaijin", udp: true, port: 20011, say: []string{clientSays("app.start,env=production,circuit=main,application=client,project=game:1|c")}, want: "gaijin_entertainment"},
		{name: "Gaijin, ENet", udp: true, port: 20021, want: "gaijin_entertainment", say: []string{
			clientSays(uint16(0x8fff), uint16(1), uint16(0x82ff), uint16(1), uint32(0xffff), uint32(1200), nulls(36)),
		}},
		{name: "Armagetron", udp: true, port: 4534, say: []string{clientSays(uint16(28), uint16(7), uint16(4), uint32(0x0500), uint32(0x00010000), uint16(0))}, want: "armagetron"},
	})
}

func TestGameStreams(t *testing.T) {
	word := func(s string) []byte { return prototest.Bytes(little32(uint32(len(s))), s, 0) }
	rcon := prototest.Bytes(word("serverInfo"))
	maple := prototest.Bytes(little16(14), little16(95), little16(1), "1", arbitrary(1, 8), 8)
	recognise(t, games, []conversation{
		{name: "Guild Wars 2", port: 6112, say: []string{clientSays("P /Sts/Connect STS/1.0\r\nl:100\r\n")}, want: "guildwars2"},
		{name: "Fiesta", port: 40001, say: []string{clientSays("\x04\x03\x0c\x01\x00")}, want: "fiesta"},
		{name: "World of Kung Fu", port: 40001, say: []string{clientSays("\x0c\x00\x00\x00\xd2\x00\x0c\x00", nulls(8))}, want: "world_of_kung_fu"},
		{name: "Dofus", port: 5555, say: []string{serverSays("HCabcdefghijklmnopqrstuvwxyzabcdef\x00")}, want: "dofus"},
		{name: "Dofus 2", port: 5555, say: []string{serverSays(uint16(5), 8, uint32(1600), uint32(1700), uint16(0x0194))}, want: "dofus"},
		{name: "MapleStory", port: 8484, say: []string{serverSays(maple)}, want: "maplestory"},
		{name: "MapleStory, no version", port: 8484, whole: true, say: []string{serverSays(maple[:6], "x", maple[7:])}, want: "unknown"},
		{name: "MapleStory, web", port: 80, say: []string{clientSays("GET /maplestory/ HTTP/1.1\r\n")}, want: "http.maplestory"},
		{name: "Path of Exile", port: 6112, say: []string{clientSays(uint16(3), uint32(77), uint16(2), behind("someone"), nulls(12))}, want: "path_of_exile"},
		{name: "Florensia", port: 40001, whole: true, say: []string{clientSays(little16(20), uint16(0x0201), uint32(0xffffffff), nulls(12))}, want: "florensia"},
		{name: "Frostbite", port: 47200, say: []string{clientSays(little32(1), little32(uint32(12+len(rcon))), little32(1), rcon)}, want: "frostbite"},
		{name: "Frostbite, words missing", port: 47200, whole: true, say: []string{clientSays(little32(1), little32(uint32(12+len(rcon))), little32(2), rcon)}, want: "unknown"},
		{name: "Tencent, connection", port: 65010, say: []string{clientSays(uint16(0x3366), uint16(11), uint16(11), uint16(0x1001), 0, uint32(1), uint32(76), uint32(0), nulls(55))}, want: "tencent_games"},
		{name: "Tencent, cloud", port: 8085, say: []string{clientSays("Cf", 0xaa, uint32(0x94), 0x15, uint32(0x17), nulls(40))}, want: "tencent_games"},
		{name: "Tencent, packed", port: 20731, whole: true, say: []string{clientSays(uint32(42), uint16(0x7801), arbitrary(1, 40))}, want: "tencent_games"},
		{name: "Tencent, game", port: 31003, say: []string{clientSays(uint32(0x4215f787), uint16(0x03e9), uint32(40), arbitrary(1, 40))}, want: "tencent_games"},
	})
}
