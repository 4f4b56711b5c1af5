package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/s3bed"
)

// archiveRelay is the part of a configuration that sends to a bucket.
func archiveRelay(store *s3bed.Store, more string) string {
	return fmt.Sprintf("[[relay]]\nname = \"archive\"\nservers = [\"s3://%s/web\"]\n%s[relay.s3]\nendpoint = %q\nregion = %q\npath_style = true\ndays = 1\n", s3bed.Bucket, more, store.Endpoint(), s3bed.Region)
}

// archived are the keys of a store's objects, in order, and the texts of the access log in them.
func archived(t *testing.T, store *s3bed.Store) (keys, texts []string) {
	t.Helper()
	client := store.Client()
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: aws.String(s3bed.Bucket)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		o, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(s3bed.Bucket), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(o.Body)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		lines := bufio.NewScanner(z)
		for lines.Scan() {
			if _, text, is := strings.Cut(lines.Text(), "\"] "); is && strings.HasPrefix(text, "line ") {
				texts = append(texts, text)
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		_ = o.Body.Close()
	}
	return keys, texts
}

// checkArchive holds that objects are numbered without a gap, and that the lines of a feed are in them, each once, in
// order.
func checkArchive(t *testing.T, store *s3bed.Store, lines int) {
	t.Helper()
	keys, texts := archived(t, store)
	for i, key := range keys {
		if !strings.HasSuffix(key, fmt.Sprintf("/%012d.log.gz", i+1)) {
			t.Errorf("object %d is %s", i+1, key)
		}
	}
	checkOnce(t, texts, lines)
	t.Logf("%d objects, %d lines, each once, in order", len(keys), len(texts))
}

// TestArchiveOverKills: the deliverer and the store are killed twenty times each while lines come: objects are whole,
// numbered without a gap, and each line is in one of them. An attempt to remove or to replace an object is refused by the
// store, or found by verify.
func TestArchiveOverKills(t *testing.T) {
	t.Parallel()
	needStores(t)
	store, s := s3bed.New(t), newSite(t)
	s.configure("hostname = \"web1\"\n%s%s%s", s.places(), seals, archiveRelay(store, "delay = \"1s\"\nrewind = \"10s\"\n"))
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	r := rand.New(rand.NewPCG(*seed, 4))
	t.Logf("-seed %d", *seed)
	flow := func(most time.Duration) {
		for end := time.Now().Add(time.Duration(r.Int64N(int64(most)))); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			f.write(50)
		}
	}
	killed := 0
	for range 20 {
		flow(time.Second)
		if pids := s.pids("deliver"); len(pids) > 0 && syscall.Kill(pids[0], syscall.SIGKILL) == nil {
			killed++
		}
		flow(time.Second)
		store.Kill()
		flow(time.Second / 2)
		store.Start(t)
	}
	w.Close()
	front.wait(0)
	s.awaitEnd()
	t.Logf("the store was killed 20 times, deliverers %d times", killed)
	checkArchive(t, store, f.lines)
	url := "s3://" + s3bed.Bucket + "/web"
	checkStore(t, s, url, "web1")

	keys, _ := archived(t, store)
	client := store.Client()
	_, removed := client.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: aws.String(s3bed.Bucket), Key: &keys[0]})
	_, replaced := client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String(s3bed.Bucket), Key: &keys[1], Body: strings.NewReader("x")})
	out, err := exec.Command(program(), "verify", url, "--config", s.config).CombinedOutput()
	if removed == nil && !strings.Contains(string(out), keys[0]) || replaced == nil && !strings.Contains(string(out), keys[1]) || err == nil && (removed == nil || replaced == nil) {
		t.Errorf("removed: %v, replaced: %v; verify: %v\n%s", removed, replaced, err, out)
	}
	t.Logf("removed: %v; replaced: %v; verify: %v\n%s", removed, replaced, err, out)
}

// TestArchiveGathers: what comes within the delay goes into one object, and the end of the deliverer does not wait for it.
func TestArchiveGathers(t *testing.T) {
	t.Parallel()
	needStores(t)
	store, s := s3bed.New(t), newSite(t)
	s.configure("hostname = \"web1\"\n%s%s", s.places(), archiveRelay(store, "delay = \"1h\"\n"))
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	f.write(10)
	testbed.Eventually(t, "the first object", func() bool {
		keys, _ := archived(t, store)
		return len(keys) > 0
	})
	for range 20 {
		f.write(10)
		time.Sleep(10 * time.Millisecond) // the lines come one after the other
	}
	w.Close()
	front.wait(0)
	s.awaitEnd()
	keys, _ := archived(t, store)
	if len(keys) > 4 { // the first ones as the deliverer begins, and the last
		t.Errorf("%q", keys)
	}
	checkArchive(t, store, f.lines)
}
