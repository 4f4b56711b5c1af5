// Package s3bed runs a store that speaks S3, versitygw, for tests: with versions and locks, on a file system with extended
// attributes.
package s3bed

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// The store's own key, which may do everything, and its bucket, which keeps versions and has object lock.
const (
	Access = "testaccess"
	Secret = "testsecrettestsecret"
	Bucket = "evidence"
	Region = "us-east-1"
)

// Environment gives this process the store's own key, and nothing else that the SDK could find.
func Environment() {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": Access, "AWS_SECRET_ACCESS_KEY": Secret, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "", "NO_PROXY": "127.0.0.1",
	} {
		os.Setenv(name, value)
	}
}

// Store is a store that runs, or was killed.
type Store struct {
	Address string
	dir     string
	args    []string
	mu      sync.Mutex
	process *exec.Cmd
}

// New starts a store with a bucket. It ends with the test.
func New(t *testing.T, options ...string) *Store {
	t.Helper()
	s := Empty(t, options...)
	if _, err := s.Client().CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: aws.String(Bucket), ObjectLockEnabledForBucket: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	return s
}

// Empty starts a store without a bucket.
func Empty(t *testing.T, options ...string) *Store {
	t.Helper()
	s := &Store{Address: testbed.FreeAddress(t), dir: t.TempDir(), args: options}
	if err := unix.Setxattr(s.dir, "user.httpd_syslog", []byte("x"), 0); err != nil {
		testbed.Lacking(t, "%s: no extended attributes, which the store keeps locks in: %v", s.dir, err)
	}
	for _, name := range []string{"data", "versions", "users"} {
		if err := os.Mkdir(filepath.Join(s.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.Start(t)
	t.Cleanup(s.Kill)
	return s
}

// Start starts a store that was killed, and waits until it answers.
func (s *Store) Start(t *testing.T) {
	t.Helper()
	arguments := append([]string{"--quiet", "--keep-alive", "--port", s.Address, "--region", Region, "--iam-dir", filepath.Join(s.dir, "users"), "--iam-cache-disable"}, s.args...)
	arguments = append(arguments, "posix", "--versioning-dir", filepath.Join(s.dir, "versions"), filepath.Join(s.dir, "data"))
	c := exec.Command(testbed.Engine(t, "versitygw"), arguments...)
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+Access, "ROOT_SECRET_KEY="+Secret)
	c.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.process = c
	s.mu.Unlock()
	testbed.Eventually(t, "the store answers", func() bool {
		_, err := s.Client().ListBuckets(context.Background(), &s3.ListBucketsInput{})
		return err == nil
	})
}

// Kill ends it at once (kill -9).
func (s *Store) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait() // it was killed
		s.process = nil
	}
}

// Stop has it do nothing until Continue, with its connections standing.
func (s *Store) Stop(t *testing.T) { s.running().Stop(t) }

// Continue ends Stop.
func (s *Store) Continue(t *testing.T) { s.running().Continue(t) }

func (s *Store) running() testbed.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return testbed.Process(s.process.Process.Pid)
}

// Path is the file that it keeps an object in.
func (s *Store) Path(key string) string { return filepath.Join(s.dir, "data", Bucket, key) }

// Endpoint is its URL.
func (s *Store) Endpoint() string { return "http://" + s.Address }

// Client is one with the store's own key. It keeps no connection.
func (s *Store) Client() *s3.Client { return ClientOf(s.Endpoint(), Access, Secret) }

// User makes a user who may do nothing but what a policy allows.
func (s *Store) User(t *testing.T, access, secret string) {
	t.Helper()
	c := exec.Command(testbed.Engine(t, "versitygw"), "admin", "--access", Access, "--secret", Secret, "--endpoint-url", s.Endpoint(), "--region", Region,
		"create-user", "--access", access, "--secret", secret, "--role", "user")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Server is the address of the bucket, with keys that begin with prefix.
func Server(prefix string) transport.Server {
	return transport.Server{Scheme: "s3", Host: Bucket, Path: prefix}
}

// Options are those for a transport to a store at an endpoint.
func Options(endpoint string) transport.Options {
	return transport.Options{ConnectTimeout: testbed.Patience, Store: transport.StoreOptions{
		Series:     transport.Series{Host: "web1.example.com", ID: "0123456789abcdef0123456789abcdef"},
		MaxMessage: 64 << 10,
		S3:         transport.S3Options{Endpoint: endpoint, Region: Region, PathStyle: true, LockDays: 1},
	}}
}

// ClientOf is a client with a key.
func ClientOf(endpoint, access, secret string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &endpoint,
		Region:       Region,
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(access, secret, ""),
		Retryer:      aws.NopRetryer{},
		HTTPClient:   direct,
	})
}
