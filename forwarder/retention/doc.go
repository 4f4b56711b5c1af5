// Package retention looks after the rotated files of a log directory: it compresses them, and removes
// those that are to be kept no longer. Each removal is an event.
//
// # Which files
//
// A file is looked after whose name is that of a backup (see rotate.ParseBackup), if it is a regular
// one, and
//
//   - Rotating was called for its log, in this process or an earlier one: the record has the logs of
//     streams and virtual hosts that are gone, too; or
//   - it lies in the log directory itself and belongs to the user of this process. The directory is
//     this program's alone (see rotate.LockDir).
//
// No other file is touched. A file that recovery may still have to cut, since the last commit names
// it, is neither compressed nor removed.
//
// # How old a file is
//
// A file's age is the time since its rotation. Its name has the local time of the rotation, without a
// zone, so the record keeps a timeline: from when on the names' clock was how far from UTC, by zone,
// summer time, and steps of the clock. The timeline is durable before a file gets a name that needs it. A
// name that the timeline does not explain (an older program's) is read in the zone of the machine; where
// zones can explain a difference to the last write the file is no older than that.
//
// Time is counted as the kernel counts it (CLOCK_BOOTTIME), so that a step of the clock makes no
// file older. Across a boot the wall clock counts, up to a week. A clock that is further ahead,
// whether stepped or after a boot, is believed when it has stood so for a week; a clock that was
// set back makes no file younger.
//
// # What a kill or a power failure leaves
//
// A file is compressed under a temporary name (NAME.gz.partial), which is synced, renamed, and has
// its name synced before the original is removed. So there is at each moment one whole file at
// least. The next process removes the other one: a partial file, or a .gz that is damaged or has the
// same content as the original beside it, as lumberjack leaves half-compressed files.
//
// The event of a removal is written before the file is removed: a kill in between makes the event
// appear twice rather than never.
//
// # Format
//
// The record is JSON in the form of package record; fields are those of saved and timeline.
package retention
