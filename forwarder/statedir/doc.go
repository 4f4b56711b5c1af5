// Package statedir knows what lies in a state directory, and which consumers it belongs to. Small files
// are records (package record). Locks end with the process that holds them.
//
//	spool/         files of frames; see package spool
//	cursors/NAME   position of each consumer: "local", "relay-NAME"
//	consumers      which consumers the state directory belongs to
//	delivery.lock  held by the process that delivers
//	service.lock   held by the service: nobody else begins to deliver
//	start.lock     held by the process that starts a deliverer
//	awaited        its times are when somebody last waited for the record of what is delivered
//	status         what the deliverer knows of itself
//	refused/NAME   messages that no server of the relay NAME took, whatever their size
//	acknowledged   until when somebody has seen what was found in the local log
//	rotated        what is known of rotated files; see package retention
//	incidents      what has begun and is not over; see package audit
//	damaged/       bytes of the spool that could not be read
package statedir
