// Turns YAML on stdin into KYAML on stdout, as kubectl prints it: the oracle of `tests/it/output.rs`.
//
//	go mod init oracle && go get sigs.k8s.io/yaml@v1.6.0 && go build -o oracle kyaml.go
package main

import (
	"log"
	"os"

	"sigs.k8s.io/yaml/kyaml"
)

func main() {
	encoder := kyaml.Encoder{}
	if err := encoder.FromYAML(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}
