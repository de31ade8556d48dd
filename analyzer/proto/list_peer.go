package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
)

// peerList holds the protocols of peer-to-peer, private networks, messengers and games.
func peerList() []dpi.Protocol {
	return slices.Concat(sharingList(), coinList(), privateList(), messengerList(), gameList())
}

// sharingList holds the networks that share files and streams among peers.
func sharingList() []dpi.Protocol {
	return []dpi.Protocol{
		application.BitTorrent, application.Gnutella, application.EDonkey, application.DirectConnect, application.FastTrack,
		application.Soulseek, application.AppleJuice, application.Ares, application.StealthNet, application.Pando,
		application.Kontiki, application.PPLive, application.PPStream, application.SopCast, application.TVAnts,
		application.Thunder, application.Socrates, application.Syncthing, application.IPFS, application.Freenet,
		application.I2P,
	}
}

// coinList holds the networks of digital money.
func coinList() []dpi.Protocol {
	return []dpi.Protocol{
		application.Bitcoin, application.Litecoin, application.Bitmessage, application.Monero, application.Ethereum,
		application.Nano, application.Mining,
	}
}

// privateList holds private networks, tunnels and remote control.
func privateList() []dpi.Protocol {
	return []dpi.Protocol{
		application.WireGuard, application.CloudflareWARP, application.Tailscale, application.OpenVPN, application.SoftEther,
		application.Tinc, application.ZeroTier, application.PPTP, application.TeamViewer, application.RustDesk,
		application.LagoFast, application.Mudfish, application.CiscoVPN,
	}
}

// messengerList holds messengers and what carries their messages.
func messengerList() []dpi.Protocol {
	return []dpi.Protocol{
		application.WhatsApp, application.Telegram, application.Jabber, application.IRC, application.Oscar, application.MSN,
		application.YahooMessenger, application.GaduGadu, application.QQ, application.WeChat, application.Viber,
		application.IMO, application.Threema, application.Discord, application.Zug, application.Paltalk,
		application.ApplePush, application.Kakao, application.Skype, application.LineCall,
	}
}

// gameList holds games and what is made for them.
func gameList() []dpi.Protocol {
	return []dpi.Protocol{
		application.RakNet, application.Minecraft, application.SourceEngine, application.CSGO, application.HalfLife2,
		application.SteamDatagramRelay, application.Quake, application.GameSpy, application.Warcraft3, application.BattleNet,
		application.WorldOfWarcraft, application.Starcraft, application.Blizzard, application.HeroesOfTheStorm,
		application.KCP, application.GenshinImpact, application.Nintendo, application.AmongUs, application.Yojimbo,
		application.TocaBoca, application.CryNetwork, application.RiotGames, application.NetEaseGames, application.CODMobile,
		application.SecondLife, application.Battlefield, application.CrossFire, application.Xbox, application.PlayStation,
		application.Activision, application.LoLWildRift, application.EpicGames, application.Gaijin, application.GuildWars2,
		application.Fiesta, application.WorldOfKungFu, application.Dofus, application.MapleStory, application.PathOfExile,
		application.Florensia, application.Frostbite, application.TencentGames, application.Armagetron,
	}
}
