;; A component that exports the right name with the wrong type: its `describe`
;; answers a string.
(component
  (core module $code
    (memory (export "memory") 1)
    ;; Where the string is, and how long.
    (data (i32.const 8) "\10\00\00\00\02\00\00\00")
    (data (i32.const 16) "no")
    (func (export "describe") (result i32)
      i32.const 8))
  (core instance $code (instantiate $code))
  (func $describe (result string)
    (canon lift (core func $code "describe") (memory (core memory $code "memory"))))
  (instance $estimator
    (export "describe" (func $describe)))
  (export "pleat:task/estimator@0.1.0" (instance $estimator)))
