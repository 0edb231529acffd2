// Answers cases as Helm does, through its own packages: a corpus of UTF-8 on stdin, with or without answers, comes
// out with those of the Helm that it was built with.
//
//	go mod init oracle && go get helm.sh/helm/v4@v4.3.1 && go mod tidy && go build -o oracle helm.go
//	./oracle < cases.json > answers.json && HELM_CORPUS=answers.json cargo test further_answers -- --ignored
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/cli"
	"helm.sh/helm/v4/pkg/cli/values"
	"helm.sh/helm/v4/pkg/getter"
)

type testCase struct {
	Name       string            `json:"name"`
	Category   string            `json:"category"`
	ValuesYAML string            `json:"values_yaml"`
	Files      []string          `json:"files"`
	ExtraFiles map[string]string `json:"extra_files,omitempty"`
	Args       []string          `json:"args"`
	Helm       map[string]any    `json:"helm"`
}

// write lays the case out in a directory, as a chart and the files that the arguments name.
func (c testCase) write(directory string) error {
	files := map[string]string{
		"chart/Chart.yaml":  "apiVersion: v2\nname: corpus\nversion: 0.1.0\n",
		"chart/values.yaml": c.ValuesYAML,
	}
	for index, text := range c.Files {
		files[fmt.Sprintf("f%d.yaml", index)] = text
	}
	for name, text := range c.ExtraFiles {
		files[name] = text
	}
	if err := os.Mkdir(filepath.Join(directory, "chart"), 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// values returns what a template sees as .Values, as JSON.
func (c testCase) values() (raw string, err error) {
	// Helm's parsers panic on some input, which its command line turns into an error.
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	options := &values.Options{}
	flags := pflag.NewFlagSet("template", pflag.ContinueOnError)
	// As addValueOptionsFlags of Helm's pkg/cmd/flags.go.
	flags.StringSliceVarP(&options.ValueFiles, "values", "f", nil, "")
	flags.StringArrayVar(&options.Values, "set", nil, "")
	flags.StringArrayVar(&options.StringValues, "set-string", nil, "")
	flags.StringArrayVar(&options.FileValues, "set-file", nil, "")
	flags.StringArrayVar(&options.JSONValues, "set-json", nil, "")
	flags.StringArrayVar(&options.LiteralValues, "set-literal", nil, "")
	if err := flags.Parse(c.Args); err != nil {
		return "", err
	}
	given, err := options.MergeValues(getter.All(cli.New()))
	if err != nil {
		return "", err
	}
	chart, err := loader.Load("chart")
	if err != nil {
		return "", err
	}
	if err := chartutil.ProcessDependencies(chart, given); err != nil {
		return "", err
	}
	seen, err := util.ToRenderValues(chart, given, common.ReleaseOptions{Name: "corpus"}, nil)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(seen["Values"])
	return string(text), err
}

func (c *testCase) answer() {
	directory, err := os.MkdirTemp("", "corpus")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	if err := c.write(directory); err != nil {
		log.Fatal(err)
	}
	if err := os.Chdir(directory); err != nil {
		log.Fatal(err)
	}
	raw, err := c.values()
	if err != nil {
		c.Helm = map[string]any{"ok": false, "error": err.Error()}
	} else {
		c.Helm = map[string]any{"ok": true, "raw": raw}
	}
}

func main() {
	// Warnings of what is merged.
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		log.Fatal(err)
	}
	fmt.Print("[\n")
	for index := range cases {
		cases[index].answer()
		text, err := json.Marshal(cases[index])
		if err != nil {
			log.Fatal(err)
		}
		if index > 0 {
			fmt.Print(",\n")
		}
		fmt.Printf("%s", text)
	}
	fmt.Print("\n]\n")
}
