;;; server-test.el --- The connection, and servers that fail -*- lexical-binding: t; -*-

;;; Code:

(require 'support)
(require 'ctys)
(require 'ctys-list)

(defun test-use-fake (case)
  "Let ctys start the stand-in that fails as CASE says."
  (test-fresh)
  (setq ctys-server-command
        (list (getenv "PYTHON") (expand-file-name "fake_server.py" test-here) case)))

(ert-deftest ctys-no-program-is-one-sentence ()
  (test-fresh)
  (let* ((ctys-server-command '("ctys-ls-that-is-not-there"))
         (said (should-error (ctys-list) :type 'user-error)))
    (should (string-match-p "ctys-ls-that-is-not-there is not on PATH: install .*ctys-server-command"
                            (cadr said)))
    (should-not (get-buffer "*ctys sessions*"))))

(ert-deftest ctys-eglot-says-that-the-program-is-missing ()
  (test-fresh)
  (let ((ctys-server-command '("ctys-ls-that-is-not-there")))
    (should-error (ctys-eglot-contact) :type 'user-error)))

(ert-deftest ctys-server-starts-without-a-warning ()
  (test-fresh)
  (let ((ctys-server-command (list (getenv "CTYS_LS") "--stdio")))
    (ctys-request "ctys.explain" '(:commandLine "ctys -t xen -a list lab00"))
    (test-await "the server" (oref ctys-server--own ready))
    (should-not (test-warned))
    (test-fresh)))

(ert-deftest ctys-server-that-dies-is-explained ()
  (test-use-fake "dies")
  (let (refused)
    (ctys-request "ctys.explain" '(:commandLine "ctys") :else (lambda (text) (setq refused text)))
    (test-await "the refusal" (string-match-p "ended at once" (or refused ""))))
  (test-await "the sentence" (test-said "ctys: .* ended at once (ImportError: no module named pygls); try"))
  (should-not (test-said "unexpectedly")))

(ert-deftest ctys-other-server-is-refused ()
  (test-use-fake "other")
  (ctys-request "ctys.explain" '(:commandLine "ctys"))
  (test-await "the sentence" (test-said "answers as fake-ls 0, which does not know ctys.sessions: install"))
  (test-await "the end of the server" (null ctys-server--own))
  ;; The reason is not covered by a second message about the end.
  (should-not (test-said "ended at once")))

(ert-deftest ctys-other-version-is-refused ()
  (test-use-fake "version")
  (let (refused)
    (ctys-request "ctys.explain" '(:commandLine "ctys") :else (lambda (text) (setq refused text)))
    (test-await "the refusal" refused)
    (should (string-match-p "version 2 of the protocol, this ctys.el version 1: update" refused))))

(ert-deftest ctys-server-that-dies-later-is-started-again ()
  (test-use-fake "dies-later")
  (let (refused)
    (ctys-request "ctys.explain" '(:commandLine "ctys") :else (lambda (text) (setq refused text)))
    (test-await "the refusal" refused)
    (should (equal refused "ctys-ls has ended unexpectedly; the next command starts it again"))
    (test-await "the end" (null ctys-server--own))
    (should (ctys-server-live-p (ctys-connection)))))

(ert-deftest ctys-silent-server-is-reported-in-bounded-time ()
  (test-use-fake "silent")
  (let ((ctys-answer-timeout 0.3) refused)
    (ctys-connection)
    (test-await "the handshake" (oref ctys-server--own ready))
    (ctys-request "ctys.explain" '(:commandLine "ctys") :else (lambda (text) (setq refused text)))
    (test-await "the refusal" refused)
    (should (string-match-p "has not answered for 0.3 s" refused))))

(ert-deftest ctys-request-never-waits ()
  (test-use-fake "silent")
  (let ((start (float-time)))
    (dotimes (_ 20) (ctys-request "ctys.explain" '(:commandLine "ctys") :else #'ignore))
    (should (< (- (float-time) start) 0.5))))

(ert-deftest ctys-messages-arrive-while-a-question-is-open ()
  "What comes in while the user thinks is neither lost nor mixed up."
  (test-use-fake "asks")
  (let (answer meanwhile)
    (cl-letf (((symbol-function 'yes-or-no-p)
               (lambda (prompt)
                 (should (string-match-p "Destroy tst100\\?" prompt))
                 (setq meanwhile (test-await "the message meanwhile" (test-said "ctys: meanwhile")))
                 t)))
      (ctys-request "ctys.explain" '(:commandLine "ctys")
                    :then (lambda (result) (setq answer (plist-get result :markdown))))
      (test-await "the answer" answer))
    (should meanwhile)
    (should (equal (json-parse-string answer :object-type 'plist) '(:v 1 :answer "yes")))))

;; jsonrpc keeps what it sends in a buffer for the curious.
(ert-deftest ctys-a-password-stays-out-of-the-log-of-events ()
  (test-use-fake "asks-secret")
  (let (answer)
    (cl-letf (((symbol-function 'read-passwd) (lambda (&rest _) (copy-sequence "xyzzy-plugh"))))
      (ctys-request "ctys.explain" '(:commandLine "ctys")
                    :then (lambda (result) (setq answer (plist-get result :markdown))))
      (test-await "the answer" answer))
    (should (equal (json-parse-string answer :object-type 'plist) '(:letters 11)))
    (dolist (buffer (buffer-list))
      (with-current-buffer buffer
        (save-excursion
          (goto-char (point-min))
          (should-not (and (string-match-p "events\\|ctys" (buffer-name))
                           (search-forward "xyzzy-plugh" nil t))))))))

(ert-deftest ctys-no-is-null ()
  (test-use-fake "asks")
  (let (answer)
    (cl-letf (((symbol-function 'yes-or-no-p) #'ignore))
      (ctys-request "ctys.explain" '(:commandLine "ctys")
                    :then (lambda (result) (setq answer (plist-get result :markdown))))
      (test-await "the answer" answer))
    (should (equal (json-parse-string answer :object-type 'plist) '(:v 1 :answer :null)))))

(ert-deftest ctys-quit-is-no ()
  (test-use-fake "asks")
  (let (answer)
    (cl-letf (((symbol-function 'yes-or-no-p) (lambda (_) (signal 'quit nil))))
      (ctys-request "ctys.explain" '(:commandLine "ctys")
                    :then (lambda (result) (setq answer (plist-get result :markdown))))
      (test-await "the answer" answer))
    (should (string-match-p "null" answer))))

(ert-deftest ctys-typing-does-not-start-a-failing-server-again-and-again ()
  (test-use-fake "dies")
  (let ((starts 0) (start (symbol-function 'ctys-server--start)))
    (cl-letf (((symbol-function 'ctys-server--start) (lambda () (cl-incf starts) (funcall start))))
      (with-temp-buffer
        (ctys-read--ask)
        (test-await "the refusal" ctys-read--given-up)
        (dolist (letter '("-" "t" " " "x"))
          (insert letter)
          (ctys-read--ask))
        (should (= starts 1))
        (ctys-read-completion)
        (should (= starts 2))))))

(ert-deftest ctys-columns-are-utf-16 ()
  (should (= (ctys-utf16 "aä€") 3))
  (should (= (ctys-utf16 "a𝔘b") 4))
  (should (= (ctys-from-utf16 "a𝔘b" 3) 2))
  (should (= (ctys-from-utf16 "ab" 9) 2)))

(provide 'server-test)
;;; server-test.el ends here
