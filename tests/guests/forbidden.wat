;; A component that asks for more than a task may have. It offers nothing, but
;; a host should refuse it for what it asks, by name, before it looks further.
(component
  (import "pleat:task/secrets@0.1.0"
    (instance
      (export "read" (func (param "name" string) (result string)))))
  (import "wasi:sockets/instance-network@0.2.3"
    (instance
      (export "network" (type (sub resource))))))
