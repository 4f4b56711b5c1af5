// Package retention looks after the rotated files of a log directory: it compresses them, and removes
// those that are to be kept no longer. Each removal is an event.
//
// # Which files
//
// A file is looked after whose name is that of a backup (see rotate.ParseBackup), if it is a regular
// one, and
//
//   - its log is one that Rotating was told of, now or by an earlier process: the record knows those of
//     streams and virtual hosts that are gone; or
//   - it lies in the log directory itself and belongs to the user of this process. The directory is
//     this program's alone (see rotate.LockDir).
//
// No other file is touched. A file that recovery may still have to cut, since the last commit names
// it, is neither compressed nor removed.
//
// # How old a file is
//
// A file's age is what has passed since its rotation. Its name has the local time of that, without a
// zone, so the record keeps a timeline: from when on the names' clock was how far from UTC, by zone,
// summer time, and steps of the clock. It is durable before a name is given that needs it. A file whose name the
// timeline does not explain (an older program's) is read in the zone of the machine, and is no older than its
// last write says where zones can explain the difference.
//
// What passes is time as the kernel counts it (CLOCK_BOOTTIME), so that a step of the clock makes no
// file older. Across a boot it is what the clock says, up to a week. A clock that is further ahead,
// whether stepped or after a boot, is believed when it has stood so for a week; one that was set
// back makes nothing younger.
//
// # What a kill or a power failure leaves
//
// A file is compressed under a temporary name (NAME.gz.partial), which is synced, renamed, and has
// its name synced before the original is removed. So there is at each moment one whole file at
// least, and whoever begins removes what is left of the other: a partial file, a .gz that is damaged
// or says the same as the original beside it. lumberjack's half-compressed files are such.
//
// An event is written before the file is removed that it tells of: a kill in between makes it appear
// twice rather than never.
//
// # Format
//
// The record is JSON in the form of spool.WriteRecord; fields are those of record and timeline.
package retention
