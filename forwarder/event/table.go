package event

// Section is a part of the table, as the manual has it.
type Section struct {
	Title string
	Intro string // empty for most
	Kinds []*Kind
}

// Sections are all kinds of events, in the order of the manual.
func Sections() []Section {
	return []Section{
		{"Begin, end and configuration", "", beginKinds()},
		{"Relays", "", relayKinds()},
		{"Lines that are lost or changed", "", lineKinds()},
		{"Card numbers in lines", "Told for each network at its first number, then once an hour, and at the end of a writer; of a scan of files, at its end.", cardKinds()},
		{"The spool and its delivery", "", spoolKinds()},
		{"Local files", "", localKinds()},
		{"Rotated files", "", rotatedKinds()},
		{"Seals", "", sealKinds()},
		{"Checks of the local files", "Of the daily run of httpd-syslog-verify.timer, which is off unless somebody enables it.", verifyKinds()},
		{"Notes on incidents", "", noteKinds()},
		{"Syslog that is taken in", "What listeners tell of messages and connections is told soon at first, and then once an hour.", listenerKinds()},
		{"The collector", "SENDER is a name of a certificate, or an address, as the files of [collect] have it.", collectKinds()},
	}
}

// Kinds are all kinds of events, in the order of the manual.
func Kinds() (all []*Kind) {
	for _, s := range Sections() {
		all = append(all, s.Kinds...)
	}
	return all
}

// Find is the kind of a code; nil: there is none, as for a code of a newer version.
func Find(code string) *Kind {
	for _, k := range Kinds() {
		if k.Code == code {
			return k
		}
	}
	return nil
}
