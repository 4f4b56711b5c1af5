package event

import "httpd-syslog/forwarder/syslogfmt"

// Seals, and what belongs to them. Package seal makes and reads those with sums.
var (
	SealLines = Kind{Code: "seal.lines", Severity: syslogfmt.Info, Routine: true,
		Sentence: "seal {n} of lines", More: "prev chain writer stream class first last lines from to sha256",
		Meaning: "The numbers FIRST to LAST of a writer have LINES lines, whose texts have the sum SHA256."}
	SealFile = Kind{Code: "seal.file", Severity: syslogfmt.Info, Routine: true,
		Sentence: "seal {n} of a file", More: "prev chain file since begin end sha256",
		Meaning: "The bytes of a file of the local log from BEGIN to END, which is the first one not included, have the sum SHA256. SINCE is the seal with which those of this file begin: after a rotation another file has the name."}
	SealCentral = Kind{Code: "seal.central", Severity: syslogfmt.Info, Routine: true,
		Sentence: "seal {n} of the central files", More: "prev chain file begin end files sha256",
		Meaning: "A collector has sealed what its files have got since the seal before, in FILES pieces, of which a large file has several: the bytes of the list FILE from BEGIN to END, a line for each piece, have the sum SHA256. The chain is another one than that of the local log."}
	SealRotated = Kind{Code: "seal.rotated", Severity: syslogfmt.Info,
		Sentence: "{file} was read again after its rotation, and is as it was sealed", More: "chain since until size compared sha256",
		Meaning: "The pieces of a rotated file, from seal SINCE to UNTIL, were compared: COMPARED of its SIZE bytes; the others are older than its seals, or the seals are not in audit_log. zcat FILE | sha256sum prints the sum SHA256."}
	SealDiffers = Kind{Code: "seal.differs", Severity: syslogfmt.Alert, Single: true,
		Sentence: "{file} was read again after its rotation, and is not as it was sealed: {cause}", More: "chain since until size compared sha256",
		Meaning: "Somebody or something has altered a rotated file, or the disk gives back other bytes than were written."}
	SealAnew = Kind{Code: "seal.anew", Severity: syslogfmt.Warning, Single: true,
		Sentence: "the seals of {file} begin anew at byte {begin}: {cause}", More: "end",
		Meaning: "Bytes were added to, cut from or exchanged in a file of the local log by somebody else. What was sealed of it ends at END."}
	SealChain = Kind{Code: "seal.chain", Severity: syslogfmt.Notice,
		Sentence: "a chain of seals begins: these are the first ones of the state directory", More: "chain",
		Meaning: "Seals are made from now on. The chain is the state directory's for good."}
	SealBroken = Kind{Code: "seal.broken", Severity: syslogfmt.Alert,
		Sentence: "another chain of seals begins, and does not go on with {former}: {cause}", More: "n chain",
		Meaning: "The state directory is an older copy, its record was lost, or the lists of a collector were. N is the last seal of the former chain that audit_log, or a list of a collector, has."}
	SealOff = Kind{Code: "seal.off", Severity: syslogfmt.Notice,
		Sentence: "no seals are made from now on", More: "chain n",
		Meaning: "[seal] every is 0. N was the last seal."}
	Heartbeat = Kind{Code: "deliverer.heartbeat", Severity: syslogfmt.Info, Routine: true, Accounts: Given,
		Sentence: "a deliverer is at work", More: "n chain relays clock clock_error",
		Meaning: "Every five minutes: the last seal, the numbers of open writers, for each relay the bytes that wait and the greatest delay since the heartbeat before in seconds, and what the kernel knows of the clock."}
)

func sealKinds() []*Kind {
	return []*Kind{&SealLines, &SealFile, &SealCentral, &SealRotated, &SealDiffers, &SealAnew, &SealChain, &SealBroken, &SealOff, &Heartbeat}
}
