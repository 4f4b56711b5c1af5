package config

import "testing"

func TestSalvage(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		"state_dir = \"/srv/x\"":           "/srv/x",
		"state_dir = \"/srv/x\"\nkeep = 1": "/srv/x", // bad key
		"hostname = www\nstate_dir = \"/srv/x\"\n]]":                     "/srv/x", // bad syntax, from here on
		"!\nstate_dir = '/srv//x/' # here":                               "/srv/x",
		"!\r\n\tstate_dir = \"/srv/x\"\r\n":                              "/srv/x",
		"!\n\"state_dir\"=\"/srv/\\u0078\"":                              "/srv/x",
		"\xef\xbb\xbfstate_dir = \"/srv/x\"\n!":                          "/srv/x",
		"!\nstate_dir = /srv/x # no quotes":                              "/srv/x",
		"!\nstate_dir = \"/srv/x":                                        "/srv/x",
		"!\nstate_dir = /srv/x'":                                         "/srv/x",
		"!\nstate_dir = \"/srv/x\" y":                                    "",
		"!\nstate_dir = /srv/x y":                                        "",
		"!\nstate_dir = \"/srv\\q\"":                                     "",
		"!\n# state_dir = \"/srv/x\"":                                    "",
		"!\nstate_dirs = \"/srv/x\"":                                     "",
		"!\nstate_dir = \"srv/x\"":                                       "",
		"!\nstate_dir = 5":                                               "",
		"!\nstate_dir":                                                   "",
		"!\nstate_dir =":                                                 "",
		"!\nstate_dir = \"rel\"\nstate_dir = \"/a\"":                     "/a",
		"state_dir = \"/a\"\nstate_dir = \"/b\"":                         "/a",
		"!\n[log]\nstate_dir = \"/srv/x\"":                               "",
		"[log]\nstate_dir = \"/srv/x\"":                                  "",
		"hostname = '''\nstate_dir = \"/no\"\n'''\nstate_dir = \"/yes\"": "/yes",
		"state_dir = \"/a\\u0000b\"":                                     "",
		"state_dir = \"/" + long("a", 5000) + "\"":                       "",
		long("{", 1000) + "\nstate_dir = \"/srv/x\"":                     "/srv/x",
		"state_dir = \"/srv/x\"\n" + long("#", 2*maxFile):                "/srv/x",
		long("#", 2*maxFile) + "\nstate_dir = \"/srv/x\"":                "",
	} {
		if got := Salvage([]byte(in)); got != want {
			t.Errorf("%.80q: got %q, want %q", in, got, want)
		}
	}
}
