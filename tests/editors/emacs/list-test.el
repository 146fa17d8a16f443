;;; list-test.el --- The session table -*- lexical-binding: t; -*-

;;; Code:

(require 'support)
(require 'ctys-list)

(defconst test-columns
  [(:key "container" :title "TCP-container" :width 18) (:key "guest" :title "TCP-guest" :width 17)
   (:key "label" :title "label" :width 20) (:key "type" :title "sesstype" :width 8)
   (:key "side" :title "c" :width 1) (:key "user" :title "user" :width 10)
   (:key "group" :title "group" :width 10)])

(cl-defun test-row (host label &key (type "XEN") (side "S") (state "running"))
  "A row as the protocol has it."
  (list :key (string-join (list host type label side) "/") :host host :label label :type type :side side
        :state state :conf nil
        :cells (list :container host :guest label :label label :type type :side side :user "-" :group "-")))

(defun test-status (host &rest more)
  "The status of HOST, ok unless MORE says otherwise."
  (append more (list :host host :state "ok" :seen 0 :message "" :cure "")))

(defmacro test-with-table (hosts &rest body)
  "Run BODY in the table of HOSTS, an alist of status and rows."
  (declare (indent 1))
  `(let ((test-hosts ,hosts))
     (test-fresh)
     (with-current-buffer (get-buffer-create "*ctys sessions*")
       (ctys-list-mode)
       (setq ctys-list--connection 'test)
       (save-window-excursion
         (switch-to-buffer (current-buffer))
         (ctys-list--take-all
          (list :revision 1 :columns test-columns :hosts (vconcat (mapcar #'car test-hosts))
                :rows (vconcat (mapcan (lambda (pair) (copy-sequence (cdr pair))) test-hosts))))
         ,@body))))

(defun test-change (status &rest rows)
  "Let the server say that the host of STATUS has ROWS, and draw."
  (ctys-notification 'ctys/sessionsChanged 'test (list :revision 2 :host status :rows (vconcat rows)))
  (ctys-list--draw-now (get-buffer "*ctys sessions*")))

(defun test-lines ()
  "The lines of the table."
  (split-string (buffer-substring-no-properties (point-min) (point-max)) "\n" t))

(defun test-mode-line ()
  "The text behind the mode's name in the mode line."
  (string-join (flatten-tree mode-line-process)))

(defun test-go (label)
  "Go to the row of LABEL, to the letter after it."
  (goto-char (point-min))
  (search-forward (concat " " label " "))
  (backward-char))

(defvar test-two-hosts
  (list (list (test-status "lab00") (test-row "lab00" "Domain-0") (test-row "lab00" "tst100"))
        (list (test-status "lab01") (test-row "lab01" "Domain-0") (test-row "lab01" "tst101"))))

(ert-deftest ctys-list-has-the-columns-of-the-page ()
  (test-with-table test-two-hosts
    (should (equal (mapcar #'car (append tabulated-list-format nil))
                   '("TCP-container" "TCP-guest" "label" "sesstype" "c" "user" "group" "state")))
    (should (equal (mapcar #'split-string (test-lines))
                   '(("lab00" "Domain-0" "Domain-0" "XEN" "S" "-" "-" "running")
                     ("lab00" "tst100" "tst100" "XEN" "S" "-" "-" "running")
                     ("lab01" "Domain-0" "Domain-0" "XEN" "S" "-" "-" "running")
                     ("lab01" "tst101" "tst101" "XEN" "S" "-" "-" "running"))))))

(ert-deftest ctys-list-keeps-point-and-marks ()
  (test-with-table test-two-hosts
    (test-go "tst101")
    (ctys-list-mark)
    (test-go "tst101")
    (let ((column (current-column)))
      (test-change (test-status "lab00") (test-row "lab00" "Domain-0") (test-row "lab00" "tst099")
                   (test-row "lab00" "tst100" :state "paused"))
      (should (equal (tabulated-list-get-id) "lab01/XEN/tst101/S"))
      (should (= (current-column) column))
      (should (equal (ctys-list--chosen) (list (ctys-list--row "lab01/XEN/tst101/S"))))
      (should (equal (seq-filter (lambda (line) (string-prefix-p ">" line)) (test-lines))
                     (last (test-lines))))
      (should (string-match-p "tst100 .*paused" (nth 2 (test-lines)))))))

(ert-deftest ctys-list-keeps-the-place-of-a-row-that-changes-itself ()
  (test-with-table test-two-hosts
    (test-go "tst100")
    (test-change (test-status "lab00") (test-row "lab00" "Domain-0") (test-row "lab00" "tst100" :state "paused"))
    (should (equal (tabulated-list-get-id) "lab00/XEN/tst100/S"))
    (test-change (test-status "lab00") (test-row "lab00" "Domain-0"))
    (should (tabulated-list-get-id))
    (should (= (length (test-lines)) 3))))

(ert-deftest ctys-list-keeps-point-of-a-window-that-is-not-selected ()
  (test-with-table test-two-hosts
    (test-go "tst101")
    (let ((window (selected-window)))
      (select-window (split-window))
      (switch-to-buffer "*scratch*")
      (with-current-buffer "*ctys sessions*"
        (test-change (test-status "lab00") (test-row "lab00" "Domain-0") (test-row "lab00" "tst100")
                     (test-row "lab00" "tst102")))
      (with-current-buffer "*ctys sessions*"
        (should (equal (get-text-property (window-point window) 'tabulated-list-id) "lab01/XEN/tst101/S"))))))

(ert-deftest ctys-list-draws-unchanged-rows-not-again ()
  (test-with-table test-two-hosts
    (let (drawn)
      (cl-letf* ((print (symbol-function 'ctys-list--print))
                 (tabulated-list-printer (lambda (id columns) (push id drawn) (funcall print id columns))))
        (test-change (test-status "lab00") (test-row "lab00" "Domain-0")
                     (test-row "lab00" "tst100" :state "paused")))
      (should (equal drawn '("lab00/XEN/tst100/S"))))))

(ert-deftest ctys-list-draws-once-for-many-changes ()
  (test-with-table test-two-hosts
    (let ((draws 0) (draw (symbol-function 'ctys-list--draw)))
      (cl-letf (((symbol-function 'ctys-list--draw) (lambda () (cl-incf draws) (funcall draw))))
        (dotimes (number 50)
          (ctys-notification 'ctys/sessionsChanged 'test
                             (list :revision number :host (test-status "lab01")
                                   :rows (vector (test-row "lab01" (format "tst%03d" number)))))
          (ctys-notification 'ctys/hostStatus 'test (test-status "lab01")))
        (should (= draws 0))
        (test-await "the last change" (seq-some (lambda (line) (string-match-p "tst049" line)) (test-lines)))
        (should (= draws 1))))))

(ert-deftest ctys-list-loses-no-change-that-overtakes-the-answer ()
  (test-with-table test-two-hosts
    (let (answered)
      (cl-letf (((symbol-function 'ctys-request)
                 (lambda (_command _argument &rest more) (setq answered (plist-get more :then)))))
        (ctys-list--ask "refresh"))
      (test-change (test-status "lab00") (test-row "lab00" "tst110"))
      (funcall answered (list :revision 1 :columns test-columns
                              :hosts (vector (test-status "lab00" :state "pending")) :rows [])))
    (should (equal (mapcar (lambda (line) (nth 2 (split-string line))) (test-lines)) '("tst110")))
    ;; An older change is in the answer already.
    (setq ctys-list--asked t)
    (test-change (test-status "lab00") (test-row "lab00" "tst111"))
    (ctys-list--take-all (list :revision 3 :columns test-columns :hosts (vector (test-status "lab00"))
                               :rows (vector (test-row "lab00" "tst112"))))
    (should (equal (mapcar (lambda (line) (nth 2 (split-string line))) (test-lines)) '("tst112")))))

(ert-deftest ctys-list-says-what-is-wrong-with-a-host ()
  (test-with-table test-two-hosts
    (test-change (test-status "lab01" :state "unreachable" :seen 1000000000 :message "connection refused"
                              :cure "Is sshd running there?")
                 (test-row "lab01" "tst101"))
    (should (seq-some (lambda (line)
                        (string-match-p "^  lab01  unreachable since [0-9:]+: connection refused\\. Is sshd running there"
                                        line))
                      (test-lines)))
    (should (string-match-p "1 in trouble" (test-mode-line)))
    (test-change (test-status "lab01") (test-row "lab01" "tst101"))
    (should-not (seq-some (lambda (line) (string-match-p "unreachable" line)) (test-lines)))))

(ert-deftest ctys-list-of-a-hundred-hosts-changes-at-once ()
  (test-with-table (cl-loop for host below 100
                            collect (cons (test-status (format "lab%02d" host))
                                          (cl-loop for guest below 100
                                                   collect (test-row (format "lab%02d" host)
                                                                     (format "tst%03d" guest)))))
    (should (= (length (test-lines)) 10000))
    (garbage-collect)
    (let ((start (float-time)))
      (apply #'test-change (test-status "lab50")
             (cl-loop for guest from 1 below 100
                      collect (test-row "lab50" (format "tst%03d" guest)
                                        :state (if (= guest 7) "paused" "running"))))
      (let ((seconds (- (float-time) start)))
        (message "one host of 100 changed in %.3f s" seconds)
        (should (< seconds 1.0))))
    (should (= (length (test-lines)) 9999))))

(defun test-started (function)
  "The commands that FUNCTION sends."
  (let (sent)
    (cl-letf (((symbol-function 'ctys-job-start)
               (lambda (command argument &rest _) (push (cons command argument) sent))))
      (funcall function))
    (nreverse sent)))

(ert-deftest ctys-list-asks-with-the-names-before-it-stops-guests ()
  (test-with-table test-two-hosts
    (ctys-list-toggle-marks)
    (let (asked)
      (cl-letf (((symbol-function 'yes-or-no-p) (lambda (prompt) (setq asked prompt) nil)))
        (should-not (test-started #'ctys-list-cancel))
        (should (string-match-p "Power off 2 guests (.*tst10. on lab0., tst10. on lab0.)" asked)))
      (cl-letf (((symbol-function 'yes-or-no-p) #'always))
        (pcase-let ((`((,command . ,argument)) (test-started #'ctys-list-cancel)))
          (should (equal command "ctys.cancel"))
          (should (equal (plist-get argument :method) "POWEROFF"))
          (should (equal (sort (mapcar (lambda (target) (plist-get (plist-get target :address) :label))
                                       (plist-get argument :targets))
                               #'string<)
                         '("tst100" "tst101"))))))))

(ert-deftest ctys-list-never-stops-the-host-itself ()
  (test-with-table test-two-hosts
    (test-go "Domain-0")
    (should (string-match-p "Domain-0 on lab00 is no guest"
                            (cadr (should-error (ctys-list-cancel) :type 'user-error))))))

(ert-deftest ctys-list-cancel-of-a-console-ends-that-console ()
  (test-with-table (list (list (test-status "localhost") (test-row "localhost" "tst100" :type "CLI" :side "C")))
    (test-go "tst100")
    (let (asked sent)
      (cl-letf (((symbol-function 'y-or-n-p) (lambda (prompt) (setq asked prompt) nil))
                ((symbol-function 'ctys-request) (lambda (&rest call) (setq sent call))))
        (ctys-list-cancel)
        (should (equal asked "End the client tst100 on localhost? "))
        (should-not sent)
        (cl-letf (((symbol-function 'y-or-n-p) #'always)) (ctys-list-cancel))
        (should (equal (car sent) "ctys.endClients"))
        (should (equal (plist-get (cadr sent) :keys) ["localhost/CLI/tst100/C"]))))))

(ert-deftest ctys-list-filter-hides-rows-and-keeps-marks ()
  (test-with-table test-two-hosts
    (test-go "tst100")
    (ctys-list-mark)
    (ctys-list-filter "lab01")
    (should (equal (length (test-lines)) 2))
    (ctys-list-filter "")
    (should (equal (length (test-lines)) 4))
    (should (= 1 (seq-count (lambda (line) (string-prefix-p ">" line)) (test-lines))))))

(ert-deftest ctys-list-columns-are-chosen-and-kept ()
  (test-with-table test-two-hosts
    (let ((before ctys-list-hidden-columns) saved)
      (cl-letf (((symbol-function 'customize-save-variable) (lambda (name value) (setq saved name) (set name value))))
        (unwind-protect
            (progn
              (test-go "tst100")
              (ctys-list-mark)
              (setq tabulated-list-sort-key '("TCP-guest" . t))
              (ctys-list-columns '("label" "state"))
              (should (eq saved 'ctys-list-hidden-columns))
              (should (equal (mapcar #'car tabulated-list-format) '("label" "state")))
              (should (seq-some (lambda (line) (string-match-p "^> tst100 +running *$" line)) (test-lines)))
              ;; What comes later has the same columns.
              (test-change (test-status "lab01") (test-row "lab01" "tst200"))
              (should (seq-some (lambda (line) (string-match-p "^  tst200 +running *$" line)) (test-lines)))
              (ctys-list-columns nil)
              (should (= 8 (length tabulated-list-format))))
          (setq ctys-list-hidden-columns before))))))

(ert-deftest ctys-list-says-that-its-server-has-ended ()
  (test-with-table test-two-hosts
    (setq ctys-list--connection 'gone)
    (run-hook-with-args 'ctys-server-ended-functions 'gone)
    (should (string-match-p "ctys-ls has ended, g starts it again" (test-mode-line)))))

(provide 'list-test)
;;; list-test.el ends here
