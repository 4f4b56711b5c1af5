package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"httpd-syslog/forwarder/idle"
)

// FrontOptions say what a front starts.
type FrontOptions struct {
	Args   []string // of the intake: what follows the program's name
	Stderr *os.File // for the first intake's start-up messages
	Report bool     // let the intake report what it did, for Front to return
}

// RunFront starts an intake on the same standard input and sees to it that
// there is one until the input ends: one that dies is started again on the same
// pipe, whose content the kernel has kept. On SIGTERM or SIGINT it returns at
// once and leaves the intake, which is in a session of its own, to read on:
// Apache waits for its error logger to go, and kills it, while lines still come.
//
// Nothing else is done here, so that nothing else can fail. The reports are
// what intakes said of themselves, if Report asked them to.
func RunFront(ctx context.Context, o FrontOptions) (reports []byte, err error) {
	enlargeStdin()
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGUSR1)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var wait time.Duration
	for {
		started := time.Now()
		report, err := runIntake(ctx, o)
		reports = append(reports, report...)
		if err == nil || ctx.Err() != nil {
			return reports, err
		}
		if time.Since(started) > time.Minute {
			wait = 0
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return reports, nil
		}
		wait = min(2*wait+10*time.Millisecond, time.Second)
	}
}

// runIntake runs one intake to its end. An error means that its input may not
// be at its end.
func runIntake(ctx context.Context, o FrontOptions) ([]byte, error) {
	cmd := Self(o.Args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, nil, o.Stderr
	out, in, err := reportPipe(o.Report)
	if err != nil {
		return nil, err
	}
	if in != nil {
		cmd.ExtraFiles = []*os.File{in}
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if !o.Report {
		_ = LetGo() // failing that, our end of Apache's pipe stays open
	}
	idle.LetGoOfCode()
	var report []byte
	done := make(chan error, 1)
	go func() {
		if out != nil {
			in.Close()
			report, _ = io.ReadAll(out)
			out.Close()
		}
		done <- cmd.Wait()
	}()
	select {
	case err := <-done:
		return report, abnormal(err)
	case <-ctx.Done():
		return nil, nil
	}
}

func reportPipe(wanted bool) (r, w *os.File, err error) {
	if !wanted {
		return nil, nil, nil
	}
	return os.Pipe()
}

// ExitLost is an intake's exit status when its input has ended and lines were
// lost on the way.
const ExitLost = 1

// abnormal is nil if an intake ended because its input did.
func abnormal(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == ExitLost {
		return nil
	}
	if err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	return nil
}

// Self is a command that runs this very program, in a session of its own, even
// if its file has been replaced by an upgrade or removed.
func Self(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = "httpd_syslog"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}
